/** The rules of the house hold here, and each of them is seen to catch the bad example that was made for it. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { allFindings, expectedFindings, type Finding, houseRules, layOut, remove } from './fixture-tree.js'
import { root } from './support.js'

const text = ({ tool, rule, file }: Finding): string => `${file}: ${tool} says ${rule}`

suite('bad examples', () => {
  let tree: string
  let found: ReadonlySet<string>

  before(async () => {
    tree = layOut()
    found = new Set((await allFindings(tree)).map(text))
  })

  after(() => remove(tree))

  for (const expected of expectedFindings()) {
    test(text(expected), () => {
      const here = [...found].filter(finding => finding.startsWith(`${expected.file}:`))
      assert.ok(here.includes(text(expected)), `found here: ${here.join(', ') || 'nothing'}`)
    })
  }

  test('nothing else is found in them, and nothing in the good ones', () => {
    const expected = new Set(expectedFindings().map(text))
    assert.deepEqual(
      [...found].filter(finding => !expected.has(finding)),
      [],
    )
  })
})

test('this repository keeps the rules of rooms and seam', async () => {
  const { violations, edges, files } = await houseRules(root)
  assert.deepEqual(
    violations.map(({ rule, file, line, text: what }) => `${file}:${line} ${rule}: ${what}`),
    [],
  )
  // a rule that sees nothing finds nothing
  assert.ok(edges > 100, `only ${edges} imports between rooms were seen`)
  assert.ok(files > 50, `only ${files} files were looked at`)
})
