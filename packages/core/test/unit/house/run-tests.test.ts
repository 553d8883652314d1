/** The test runner is trusted with every other promise: it must not call green what is not. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { importScript } from './support.js'

interface FileResult {
  readonly file: string
  readonly passed: boolean
  readonly reason: string
  readonly counts: Readonly<Record<string, number>>
  readonly output: string
}

interface Runner {
  runTests(files: readonly string[], options: object): Promise<FileResult[]>
  totals(results: readonly FileResult[]): Record<string, number>
}

let folder: string
let runner: Runner

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cobnut-runner-'))
  runner = await importScript<Runner>('scripts/lib/run-tests.mjs')
})

after(() => rmSync(folder, { recursive: true }))

async function resultOf(name: string, source: string, limits: object = {}): Promise<FileResult> {
  const file = join(folder, `${name}.test.mjs`)
  writeFileSync(file, source)
  const options = { concurrency: 1, fileLimitMs: 20_000, overallLimitMs: 30_000, onResult: () => {}, ...limits }
  const [result] = await runner.runTests([file], options)
  return result as FileResult
}

const passing = "import { test } from 'node:test'\ntest('a', () => {})\ntest('b', () => {})\n"

test('a file that passes is counted', async () => {
  const result = await resultOf('passing', passing)
  assert.equal(result.reason, '')
  assert.equal(result.passed, true)
  assert.deepEqual([result.counts.tests, result.counts.pass, result.counts.fail], [2, 2, 0])
})

test('a failed test fails the file and shows its output', async () => {
  const result = await resultOf('failing', `${passing}test('c', () => { throw new Error('the reason') })\n`)
  assert.equal(result.reason, '1 failed')
  assert.match(result.output, /the reason/)
})

test('a file without a test fails', async () => {
  const result = await resultOf('empty', 'const nothing = 1\n')
  assert.equal(result.reason, 'holds no test')
  assert.equal(runner.totals([result]).fail, 1)
})

test('a file that cannot be loaded fails', async () => {
  const result = await resultOf('broken', "import './not-there.mjs'\n")
  assert.equal(result.passed, false)
  assert.match(result.output, /not-there/)
})

test('a file that is left running is ended, its children too, and is said to hang', async () => {
  // the grandchild holds the output open: were it not ended, this test would not end either
  const source = `${passing}import { spawn } from 'node:child_process'
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })\n`
  const result = await resultOf('hanging', source, { fileLimitMs: 1500 })
  assert.match(result.reason, /^hangs: /)
})

test('a file that blocks its thread is ended', async () => {
  const result = await resultOf('blocking', 'for (;;) {}\n', { fileLimitMs: 300 })
  assert.match(result.reason, /^hangs: /)
})

test('when the time for all is over, the rest is failed, not forgotten', async () => {
  const result = await resultOf('late', passing, { overallLimitMs: 0 })
  assert.equal(result.passed, false)
  assert.match(result.reason, /^not run/)
})
