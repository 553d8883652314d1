/** Listeners of an application: what goes wrong in them, and what becomes of them with their member. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usingLocal } from './local-cluster.js'
import { until } from './test-cluster.js'

test('a listener that fails, at once or later, is logged and ends nothing', () =>
  usingLocal(1, {}, async ({ members: [member], log }) => {
    const later = (): unknown => Promise.reject(new Error('later'))
    const map = member!.getMap<string, number>('m')
    await map.addEntryListener({ added: later as () => void })
    await map.addEntryListener({
      added: () => {
        throw new Error('at once')
      },
    })
    await map.set('k', 1)
    const said = (text: string): boolean => log.some(line => line.event === 'listener.threw' && line.error === `Error: ${text}`)
    await until('both to be told', () => said('later') && said('at once'))
    assert.equal(await map.get('k'), 1)
  }))

test('whoever adds or removes a listener at a member that has stopped is told so', () =>
  usingLocal(2, {}, async ({ members: [member] }) => {
    const map = member!.getMap<string, number>('m')
    const id = await map.addEntryListener({ added: () => {} })
    await member!.shutdown()
    await assert.rejects(map.addEntryListener({ added: () => {} }), { code: 'MEMBER_STOPPED' })
    await assert.rejects(map.removeEntryListener(id), { code: 'MEMBER_STOPPED' })
  }))
