import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { cobnut } from './cobnut-process.js'

test('chaos breaks a cluster with the user’s configuration, and says what calls heard', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'cobnut-chaos-'))
  t.after(() => rm(folder, { recursive: true }))
  const config = path.join(folder, 'hazelcast.xml')
  const short = '<map name="users"><time-to-live-seconds>1</time-to-live-seconds></map>'
  await writeFile(config, `<hazelcast xmlns="http://www.hazelcast.com/schema/config">${short}</hazelcast>`)
  const { code, out, err } = await cobnut(
    t,
    'chaos',
    '--config',
    config,
    '--map',
    'users',
    '--seconds',
    '3',
    '--seed',
    '3',
    '--json',
  )
  assert.equal(code, 0, err)
  const report = JSON.parse(out) as { calls: number; faults: object; violations: string[] }
  assert.ok(report.calls > 0 && Object.keys(report.faults).length > 0, out)
  assert.deepEqual(report.violations, [])
})

test('chaos with a file that is not there says so', async t => {
  const { code, err } = await cobnut(t, 'chaos', '--config', '/not/there.xml', '--map', 'users')
  assert.equal(code, 1)
  assert.match(err, /there\.xml/)
  assert.doesNotMatch(err, / at /)
})
