/**
 * Runs compiled test files, each in a process and a process group of its own, a few at a time. A file passes if it ran at
 * least one test, none failed, and it ended by itself within its limit; a file that hangs is ended with all its children
 * and named.
 */

import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'

/** What Node's runner counts, in the order in which it prints the counts. */
export const counters = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo']

/**
 * @typedef {{ file: string, passed: boolean, reason: string, counts: Record<string, number>, output: string, ms: number }} FileResult
 * @typedef {{ concurrency: number, fileLimitMs: number, overallLimitMs: number, onResult: (result: FileResult) => void }} Options
 */

/**
 * @param {readonly string[]} files
 * @param {Options} options
 * @returns {Promise<FileResult[]>} in the order in which the files ended
 */
export async function runTests(files, { concurrency, fileLimitMs, overallLimitMs, onResult }) {
  const endsAt = performance.now() + overallLimitMs
  const waiting = [...files]
  const results = []
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const leftMs = endsAt - performance.now()
      const result = leftMs > 0 ? await runFile(file, Math.min(fileLimitMs, leftMs)) : notRun(file)
      results.push(result)
      onResult(result)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return results
}

/** Sums of what the files counted; a file that failed without a failed test counts as one. */
export function totals(results) {
  const sum = Object.fromEntries(counters.map(name => [name, 0]))
  for (const { counts, passed } of results) {
    for (const name of counters) sum[name] += counts[name]
    if (!passed && counts.fail + counts.cancelled === 0) sum.fail++
  }
  return sum
}

function notRun(file) {
  return { file, passed: false, reason: 'not run: the time for all tests was over', counts: countsIn(''), output: '', ms: 0 }
}

function runFile(file, limitMs) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--enable-source-maps', '--test-reporter=spec', file], {
    detached: true,
    // inside of another runner this would make the child report to it and print nothing
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise(resolve => {
    let output = ''
    let hung = false
    const keep = chunk => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => {
      hung = true
      endGroup(child.pid)
    }, limitMs)
    const stop = () => endGroup(child.pid)
    process.on('exit', stop)
    child.on('error', error => keep(`${error.stack}\n`))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      process.off('exit', stop)
      // what it left behind
      stop()
      const counts = countsIn(output)
      const reason = verdict({ hung, code, signal, counts, limitMs })
      resolve({ file, passed: reason === '', reason, counts, output, ms: performance.now() - startedAt })
    })
  })
}

function verdict({ hung, code, signal, counts, limitMs }) {
  if (hung) return `hangs: did not end within ${Math.round(limitMs / 1000)} s`
  if (signal !== null) return `ended by ${signal}`
  if (counts.fail + counts.cancelled > 0) return `${counts.fail + counts.cancelled} failed`
  if (code !== 0) return `exit code ${code}`
  if (counts.tests === 0) return 'holds no test'
  return ''
}

/** The last of each: a test may print such a line too, but the runner's summary comes at the end. */
function countsIn(output) {
  const counts = Object.fromEntries(counters.map(name => [name, 0]))
  for (const [, name, n] of output.matchAll(/^(?:#|ℹ) (\w+) (\d+)$/gm)) if (Object.hasOwn(counts, name)) counts[name] = Number(n)
  return counts
}

/** Ends the process and every process it started. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}
