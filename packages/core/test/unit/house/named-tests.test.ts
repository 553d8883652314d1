/** A guide that names tests names tests that exist. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { root } from './support.js'

const named = /\*([^*]+)\*[^*(|]*\(`([\w/-]+)`\)/g

test('every test that docs/guide/guarantees.md names exists', () => {
  const guide = readFileSync(`${root}/docs/guide/guarantees.md`, 'utf8')
  const found = [...guide.matchAll(named)]
  for (const [, name, file] of found) {
    const text = readFileSync(`${root}/packages/core/test/${file}.test.ts`, 'utf8')
    const wanted = (name as string).replaceAll(/\s+/g, ' ')
    assert.ok(text.includes(wanted), `${file} has no test "${wanted}"`)
  }
  assert.ok(found.length >= 30, `${found.length} tests are named`)
})
