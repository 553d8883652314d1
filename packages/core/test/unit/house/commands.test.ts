/** The commands that the README promises to a fresh clone. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './support.js'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }

test('what a command needs is part of it: npm runs no pre and post scripts here', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m)
  const unheard = Object.keys(scripts).filter(name => /^(pre|post)/.test(name))
  assert.deepEqual(unheard, [])
})

test('a fresh clone sets itself up before it starts, tests or checks', () => {
  for (const name of ['start', 'test', 'check']) assert.match(scripts[name] ?? '', /^node scripts\/setup\.mjs && /, name)
})

test('continuous integration runs the test command and nothing else', () => {
  const commands = read('.ci/run').match(/^npm \S+/gm)
  assert.deepEqual(commands, ['npm test'])
})
