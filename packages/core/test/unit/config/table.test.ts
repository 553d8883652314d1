import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Element } from '../../../src/config/elements/kinds.js'
import { rootSection } from '../../../src/config/elements/root.js'
import { scalarOf } from '../../../src/config/scalars.js'

function* everyElement(element: Element, path: string): Generator<readonly [path: string, element: Element]> {
  yield [path, element]
  if (element.kind === 'list' || element.kind === 'dict') yield* everyElement(element.item, `${path}[]`)
  if (element.kind !== 'section') return
  for (const [name, field] of Object.entries(element.fields)) yield* everyElement(field, `${path}.${name}`)
}

const elements = [...everyElement(rootSection, 'hazelcast')]

test('every default is a value of its element', () => {
  for (const [path, element] of elements) {
    const isScalar = element.kind === 'int' || element.kind === 'bool' || element.kind === 'word' || element.kind === 'text'
    // nothing said has no form
    if (!isScalar || element.optional === true || element.default === '') continue
    assert.equal(scalarOf(element, String(element.default)), element.default, path)
  }
})

test('no name of a section means two things', () => {
  for (const [path, element] of elements) {
    if (element.kind !== 'section') continue
    const written = Object.entries(element.fields).flatMap(([name, { also = [] }]) => [name, ...also])
    assert.equal(element.names.size, written.length, path)
    for (const now of element.formerly.values()) assert.ok(Object.hasOwn(element.fields, now), `${path}.${now}`)
  }
})

test('every element says what it is for, or why it has no effect', () => {
  for (const [path, { doc, noEffect }] of elements) assert.ok(path.endsWith('[]') || doc !== '' || noEffect !== undefined, path)
})

test('the reference page says what the tables say', () => {
  const script = fileURLToPath(new URL('../../../../../../scripts/config-reference.mjs', import.meta.url))
  const build = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
    env: { ...process.env, COBNUT_BUILD: build },
  })
  assert.equal(status, 0, stderr)
})
