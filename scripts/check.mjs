/**
 * npm run check [-- STEP ...]: everything that can be checked, or the named steps. All steps run even when one fails, so that
 * one run tells all; exit code 0 only if all passed.
 */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = name => join(root, 'node_modules', '.bin', name)
const script = (name, ...args) => [process.execPath, join(root, 'scripts', name), ...args]

const steps = {
  types: { says: 'the compiler, strict', run: [bin('tsc'), '-b'] },
  style: { says: 'format and lint', run: [bin('biome'), 'ci', '--error-on-warnings', '--colors=off'] },
  promises: { says: 'lint with types: no promise forgotten, no case left out', run: [bin('oxlint'), '--deny-warnings'] },
  rooms: { says: 'who imports whom, and what the core may not touch', run: script('rules.mjs') },
  dead: { says: 'files, exports and dependencies that nobody uses', run: [bin('knip'), '--no-config-hints'] },
  tests: { says: 'all tests', run: script('test.mjs') },
  simulation: {
    says: 'clusters under faults, from seeds of this commit',
    run: script('sim.mjs', '--seconds', '20', '--commit', 'HEAD'),
  },
}

/** Prints what the step prints, but only if it fails. */
function passes([command, ...args]) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const keep = chunk => {
    output += chunk
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  return new Promise(resolve => {
    child.on('error', error => keep(error.message))
    child.on('close', code => {
      if (code !== 0) console.log(output.trimEnd())
      resolve(code === 0)
    })
  })
}

const asked = process.argv.slice(2)
const unknown = asked.filter(name => !Object.hasOwn(steps, name))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. Steps: ${Object.keys(steps).join(', ')}.`)
  process.exit(2)
}

const failed = []
for (const [name, { says, run }] of Object.entries(steps)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  // overwritten by the line that tells the result
  if (process.stdout.isTTY) process.stdout.write(`… ${name}\r`)
  const startedAt = performance.now()
  const passed = await passes(run)
  if (!passed) failed.push(name)
  console.log(`${passed ? '✔' : '✖'} ${name}: ${says} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
}
if (failed.length > 0) console.log(`\nFailed: ${failed.join(', ')}. Again: npm run check -- ${failed.join(' ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
