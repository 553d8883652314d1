import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { onLines } from '../src/json-lines.js'

const script = fileURLToPath(new URL('../../../../scripts/start.mjs', import.meta.url))

test('npm start -- --once kills a member, reads everything back, and says so in one line', async t => {
  const records = 5_000
  const child = spawn(process.execPath, [script, '--once', '--records', String(records)], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  const out: string[] = []
  const err: string[] = []
  onLines(child.stdout, line => out.push(line))
  onLines(child.stderr, line => err.push(line))
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, err.join('\n'))
  assert.equal(out.length, 1)
  const { failoverMs, restoredMs, ...rest } = JSON.parse(out[0] as string) as Record<string, number>
  assert.deepEqual(rest, { entries: records, lost: 0, changed: 0 })
  assert.ok(Number(failoverMs) > 0 && Number(restoredMs) > 0)
})
