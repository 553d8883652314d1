/** What an application takes in with the core: two packages, and those only when a configuration file is read. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { root } from './support.js'

type Versions = Readonly<Record<string, string>>
type Manifest = Readonly<Record<'dependencies' | 'peerDependencies' | 'optionalDependencies', Versions | undefined>>

const dependencies = ['@rgrove/parse-xml', 'yaml']
const compiledSource = fileURLToPath(new URL('../../../src', import.meta.url))

test('the core depends on two packages, of exact versions', () => {
  const text = readFileSync(join(root, 'packages/core/package.json'), 'utf8')
  const { dependencies: versions = {}, peerDependencies, optionalDependencies } = JSON.parse(text) as Manifest
  assert.deepEqual(Object.keys(versions).sort(), dependencies)
  for (const version of Object.values(versions)) assert.match(version, /^\d+\.\d+\.\d+$/)
  assert.equal(peerDependencies, undefined)
  assert.equal(optionalDependencies, undefined)
})

test('loading the core loads neither of them', t => {
  const folder = mkdtempSync(join(tmpdir(), 'cobnut-bare-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(compiledSource, join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  for (const name of dependencies) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true })
    writeFileSync(join(folder, 'node_modules', name, 'index.js'), `throw new Error('${name} was loaded')`)
  }

  const face = pathToFileURL(join(folder, 'src/index.js')).href
  const load = `console.log(Object.keys(await import('${face}')).join())`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', load], { encoding: 'utf8' })
  assert.match(stdout, /CobnutError/, stderr)
})
