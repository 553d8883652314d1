import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { checkConfig, formatProblems, loadConfig } from '../../../src/config/index.js'
import { nodeConfigWorld } from '../../../src/node/config-world.js'

const folder = mkdtempSync(join(tmpdir(), 'cobnut-config-'))
after(() => rmSync(folder, { recursive: true }))

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const world = { ...nodeConfigWorld(), environment: {} }

test('files and their imports are read', async () => {
  written('maps.yaml', '\ufeffhazelcast: {map: {é: {backup-count: 2}}}')
  const file = written('main.xml', '<hazelcast><import resource="maps.yaml"/></hazelcast>')
  assert.equal((await loadConfig({ file }, world)).maps.get('é')?.backupCount, 2)
})

const refused: readonly (readonly [what: string, file: () => string, expected: RegExp])[] = [
  ['a file that is not there', () => join(folder, 'gone.xml'), /cannot be read\n/],
  ['a folder', () => emptyFolder(), /cannot be read: it is not a file/],
  ['a pipe that nobody writes to', () => pipe(), /cannot be read: it is not a file/],
  ['a file of 11 MiB', () => large(), /cannot be read: it has 11534336 bytes, and 10485760 are allowed/],
  ['bytes that are no UTF-8', () => written('latin.xml', new Uint8Array([0x3c, 0xe9, 0x3e])), /cannot be read: .*utf-8/],
]

function emptyFolder(): string {
  const path = join(folder, 'folder.xml')
  mkdirSync(path)
  return path
}

function pipe(): string {
  const path = join(folder, 'pipe.xml')
  assert.equal(spawnSync('/bin/sh', ['-c', 'mkfifo "$0"', path]).status, 0)
  return path
}

function large(): string {
  const path = written('large.yaml', '')
  truncateSync(path, 11 * 1024 * 1024)
  return path
}

for (const [what, file, expected] of refused) {
  test(`refused: ${what}`, async () => {
    const { problems } = await checkConfig({ file: file() }, world)
    assert.match(formatProblems(problems), expected)
  })
}
