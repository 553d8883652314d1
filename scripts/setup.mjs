/**
 * Makes a clone ready to run with nothing but Node and npm: installs packages where they differ from package-lock.json, and
 * compiles where a source changed. When there is nothing to do it says nothing. Uses only Node's own modules, and writes only
 * to stderr, so that the output of what runs afterwards stays its own.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = ['packages/core', 'packages/cli']
/** What the last successful compilation was made from. */
const stampFile = path.join(root, '.cache/setup.json')
const nodeWanted = [20, 19]

checkNode()
if (!isInstalled()) await run('installing packages', 'npm', ['ci', '--no-audit', '--no-fund'])
const sources = fingerprint()
if (sources !== stamp()) {
  rmSync(stampFile, { force: true })
  await run('compiling', process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-b', root])
  for (const folder of packages) removeOrphans(folder)
  mkdirSync(path.dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, JSON.stringify({ sources }))
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > nodeWanted[0] || (major === nodeWanted[0] && minor >= nodeWanted[1])) return
  fail(`Node ${nodeWanted.join('.')} or newer is needed, this is ${process.versions.node}`)
}

/** npm writes down what it installed; packages of other platforms may be left out. */
function isInstalled() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  if (wanted === null) fail('package-lock.json is missing or damaged')
  if (installed === null) return false
  return Object.entries(wanted).every(([name, { version, integrity, optional }]) => {
    if (!name.startsWith('node_modules/')) return true
    const found = installed[name]
    if (found === undefined) return optional === true
    return found.version === version && found.integrity === integrity && existsSync(path.join(root, name))
  })
}

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(path.join(root, lockFile), 'utf8')).packages
  } catch {
    return null
  }
}

/** Changes when any file does that the compiler reads, and when an output folder is gone. */
function fingerprint() {
  const hash = createHash('sha256')
  const add = file => {
    const { size, mtimeMs } = statSync(path.join(root, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  for (const file of ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json']) add(file)
  for (const folder of packages) {
    hash.update(`${existsSync(path.join(root, folder, 'dist'))}\n`)
    add(`${folder}/tsconfig.json`)
    for (const file of filesBelow(folder).filter(isSource)) add(file)
  }
  return hash.digest('hex')
}

function isSource(file) {
  return /\.(ts|json)$/.test(file) && /^packages\/[^/]+\/(src|sim|test)\//.test(file)
}

function stamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8')).sources
  } catch {
    return null
  }
}

/** Paths from the root, sorted, outside of outputs and installed packages. */
function filesBelow(folder) {
  const found = []
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.build')) continue
    const file = `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...filesBelow(file))
    else found.push(file)
  }
  return found.sort()
}

/** The compiler leaves the outputs of sources that were removed; a removed test would run for ever. */
function removeOrphans(folder) {
  const output = path.join(root, folder, 'dist')
  for (const name of readdirSync(output, { recursive: true })) {
    const source = /^(.*)\.(?:d\.ts|js|js\.map|d\.ts\.map)$/.exec(name)?.[1]
    if (source !== undefined && !existsSync(path.join(root, folder, `${source}.ts`))) rmSync(path.join(output, name))
  }
}

/** Says what goes on and for how long; ends this process if it fails. */
async function run(what, program, args) {
  const startMs = performance.now()
  const seconds = () => `${((performance.now() - startMs) / 1000).toFixed(0)} s`
  const say = text => process.stderr.write(`setup: ${text}\n`)
  say(`${what} ...`)
  const timer = setInterval(() => say(`${what}, ${seconds()} ...`), 5_000)
  const code = await new Promise(resolve => {
    const shell = process.platform === 'win32' && program === 'npm'
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 2, 2], shell })
    child.on('error', error => {
      say(error.message)
      resolve(1)
    })
    child.on('close', resolve)
  })
  clearInterval(timer)
  if (code !== 0) fail(`${what} failed after ${seconds()}`)
  say(`${what} took ${seconds()}`)
}

function fail(text) {
  process.stderr.write(`setup: ${text}\n`)
  process.exit(1)
}
