/** The compatibility table says what the server does, and gives a reason for every row that differs from Hazelcast. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rowsFor } from './rows/index.js'
import { sorted } from './sorted.js'

const root = new URL('../../../../../', import.meta.url)
const doc = readFileSync(new URL('docs/reference/compatibility.md', root), 'utf8')

it('compatibility.md is what the message table says', () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('scripts/compatibility.mjs', root)), '--check'])
})

it('every row that differs from Hazelcast has its reason there, and every reason a row', () => {
  const rows = [...rowsFor('cobnut'), ...rowsFor('hazelcast')].map(({ row }) => row)
  const given = new Set(rows.flatMap(({ inHazelcast, oursOnly }) => [inHazelcast?.because, oursOnly]))
  given.delete(undefined)
  const headings = doc.slice(doc.indexOf('## Differences')).match(/(?<=^### ).*$/gm)
  assert.deepEqual(sorted(given), sorted(headings ?? []))
})
