import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { prometheusText } from '../../../src/http/metrics.js'
import { FakeMember, serving } from './fake-member.js'

/** Samples by their name with labels; fails on lines that Prometheus would not take. */
function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  let metric = ''
  assert.ok(text.endsWith('\n'))
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line)
    if (help !== null) {
      if (help[1] === 'TYPE') assert.match(help[3]!, /^(gauge|counter)$/)
      metric = help[2]!
      continue
    }
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (\S+)$/.exec(line)
    assert.ok(sample !== null, line)
    assert.equal(sample[1], metric)
    const name = `${sample[1]}${sample[2] ?? ''}`
    assert.ok(!samples.has(name), `${name} comes twice`)
    samples.set(name, Number(sample[3]))
  }
  return samples
}

describe('metrics', () => {
  test('figures of the member, its maps and its process', () => {
    const member = new FakeMember()
    member.map('cities').entries.set('a', { key: 'a', value: 1 })
    const samples = samplesOf(prometheusText(member))
    const expected = {
      cobnut_ready: 1,
      cobnut_members: 1,
      cobnut_is_coordinator: 1,
      cobnut_groups: 271,
      cobnut_groups_under_replicated: 2,
      cobnut_groups_lost: 4,
      'cobnut_map_owned_entries{map="cities"}': 1,
      'cobnut_map_backup_bytes{map="cities"}': 50,
      'cobnut_operations_total{kind="read"}': 10,
      'cobnut_operations_total{kind="backup_read"}': 30,
      cobnut_store_bytes: 4096,
      cobnut_uptime_seconds: 1.5,
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name)
    assert.ok(samples.get('process_resident_memory_bytes')! > 0)
    assert.ok(samples.get('process_cpu_seconds_total')! > 0)
  })

  test('not ready while a copy is missing, or while it leaves', () => {
    for (const change of [{ safe: false }, { state: 'leaving' }] as const) {
      assert.equal(samplesOf(prometheusText(Object.assign(new FakeMember(), change))).get('cobnut_ready'), 0)
    }
  })

  test('a name of a map cannot break out of its label', () => {
    const member = new FakeMember()
    member.map('a"b\\c\nd')
    assert.ok(samplesOf(prometheusText(member)).has('cobnut_map_owned_entries{map="a\\"b\\\\c\\nd"}'))
  })

  test('a member that is in no cluster still has a process', () => {
    for (const member of [null, Object.assign(new FakeMember(), { state: 'stopped' as const })]) {
      const samples = samplesOf(prometheusText(member))
      assert.equal(samples.get('cobnut_ready'), 0)
      assert.ok(samples.has('process_resident_memory_bytes'))
      assert.ok(!samples.has('cobnut_members'))
    }
  })

  test('are served as Prometheus text', () =>
    serving(new FakeMember(), { remote: '10.0.0.9' }, async ({ base }) => {
      const response = await fetch(`${base}/metrics`)
      assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
      assert.ok(samplesOf(await response.text()).size > 20)
    }))
})
