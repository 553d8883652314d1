/** Properties that are allowed each by itself, and not beside each other. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ConfigSource } from '../../../src/config/index.js'
import { check, xml } from './config-world.js'

const times = (properties: Readonly<Record<string, number>>): ConfigSource => {
  const all = Object.entries(properties).map(([name, ms]) => `<property name="cobnut.${name}.millis">${ms}</property>`)
  return xml(`<properties>\n${all.join('\n')}\n</properties>`)
}

const lease = 'lease'
const heartbeat = 'heartbeat.interval'
const suspect = 'suspect.after'

describe('times that exclude each other', () => {
  const cases: readonly [what: string, properties: Readonly<Record<string, number>>, at: string | null, least: number][] = [
    ['the lease is not twice the default heartbeat', { [lease]: 499 }, lease, 500],
    ['it is', { [lease]: 500 }, null, 0],
    ['the heartbeat is more than half of the lease', { [heartbeat]: 300, [lease]: 599 }, lease, 600],
    ['it is half of it', { [heartbeat]: 300, [lease]: 600 }, null, 0],
    ['both are short', { [heartbeat]: 50, [lease]: 100 }, null, 0],
    ['one sign that is late makes a suspect, of the default heartbeat', { [suspect]: 500 }, suspect, 501],
    ['it does not', { [suspect]: 501 }, null, 0],
    ['one sign that is late makes a suspect', { [heartbeat]: 400, [suspect]: 800 }, suspect, 801],
    ['the longest heartbeat', { [heartbeat]: 500 }, null, 0],
  ]
  for (const [what, properties, at, least] of cases) {
    test(`${what}: ${at === null ? 'good' : 'a problem'}`, async () => {
      const { problems } = await check(times(properties))
      if (at === null) {
        assert.deepEqual(problems, [])
        return
      }
      assert.deepEqual(
        problems.map(({ element, line, allowed }) => ({ element, line, allowed })),
        [
          {
            element: `hazelcast.properties[cobnut.${at}.millis]`,
            line: 3 + Object.keys(properties).indexOf(at),
            allowed: `at least ${least}, or a shorter cobnut.heartbeat.interval.millis`,
          },
        ],
      )
    })
  }

  test('a heartbeat that is as long as what followers wait for before they elect', async () => {
    const { problems } = await check(times({ [heartbeat]: 501 }))
    assert.match(String(problems[0]?.allowed), /from 10 to 500 \(ms\)/)
  })
})
