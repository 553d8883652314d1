/** Who imports whom, held to the table in .dependency-cruiser.cjs. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'

const folders = ['packages/core/src', 'packages/core/sim', 'packages/core/test', 'packages/cli/src', 'packages/cli/test']

/**
 * @param {string} root of the repository, or of a tree laid out like it
 * @returns {Promise<{ violations: { rule: string, file: string, line: number, text: string }[], edges: number }>}
 *   edges: imports from one room of the core into another. None at all means that nothing was seen, not that all is well.
 */
export async function roomViolations(root) {
  const options = await extractOptions(join(root, '.dependency-cruiser.cjs'))
  const present = folders.filter(folder => existsSync(join(root, folder)))
  const { output } = await cruise(present, { ...options, baseDir: root })
  const violations = output.summary.violations.map(({ rule, from, to, cycle }) => {
    const comment = options.ruleSet.forbidden.find(({ name }) => name === rule.name).comment
    const path = cycle === undefined ? to : cycle.map(step => step.name).join(' -> ')
    return { rule: rule.name, file: from, line: 1, text: `imports ${path} (${comment})` }
  })
  let edges = 0
  for (const { source, dependencies } of output.modules) {
    const room = roomOf(source)
    if (room !== null) edges += dependencies.filter(({ resolved }) => (roomOf(resolved) ?? room) !== room).length
  }
  return { violations, edges }
}

const roomOf = path => /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1] ?? null
