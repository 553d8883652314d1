/**
 * npm test [-- PART ...]: runs the compiled tests of all packages, or those whose path contains one of the parts.
 *
 * Exit code 0 only if at least one test ran, none failed and none hung. The last lines are Node's own summary, summed up.
 */

import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { counters, runTests, totals } from './lib/run-tests.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A file beside others on a busy machine; the long simulations take about a minute. */
const fileLimitMs = 5 * 60_000
/** All files. Below the 25 minutes that continuous integration has. */
const overallLimitMs = 20 * 60_000
const concurrency = 2

/** Compiled tests that still have a source: a build leaves behind what was compiled from files that are gone. */
function testFiles(parts) {
  const found = []
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    const packageFolder = join(root, 'packages', name)
    const compiled = join(packageFolder, 'dist', 'test')
    if (!existsSync(compiled)) continue
    for (const path of readdirSync(compiled, { recursive: true }).sort()) {
      if (!path.endsWith('.test.js') || !existsSync(join(packageFolder, 'test', path.replace(/\.js$/, '.ts')))) continue
      found.push(join(compiled, path))
    }
  }
  return found.filter(file => parts.length === 0 || parts.some(part => relative(root, file).includes(part)))
}

function shown(file) {
  return relative(root, file).replace(/^packages\/(\w+)\/dist\/test\//, '$1: ')
}

function printResult({ file, passed, reason, counts, output, ms }) {
  if (!passed) console.log(output.trimEnd())
  const what = passed ? `${counts.tests} tests` : reason
  console.log(`${passed ? '✔' : '✖'} ${shown(file)} (${what}, ${(ms / 1000).toFixed(1)} s)`)
}

// the children are groups of their own and do not hear Ctrl-C: they are ended when this process exits
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const files = testFiles(process.argv.slice(2))
const startedAt = performance.now()
const results = await runTests(files, { concurrency, fileLimitMs, overallLimitMs, onResult: printResult })
const sum = totals(results)
const failed = results.filter(result => !result.passed)

if (failed.length > 0) console.log(`\nFailed:\n${failed.map(({ file, reason }) => `  ${shown(file)}: ${reason}`).join('\n')}`)
if (sum.tests === 0) console.log('\nNo test ran: is the build complete, and does a path contain what was asked for?')
console.log('')
for (const name of counters) console.log(`# ${name} ${sum[name]}`)
console.log(`# duration_ms ${Math.round(performance.now() - startedAt)}`)
process.exitCode = failed.length > 0 || sum.tests === 0 ? 1 : 0
