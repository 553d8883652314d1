import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import type { MemberRecord } from '../../../src/control/cluster-state.js'
import type { Clock, Log } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { eventType } from '../../../src/map/data-map.js'
import { Listeners, type LocalListener } from '../../../src/map/listeners.js'

test('whoever waits for others to hear of a listener is told when this member stops', async () => {
  const members = ['a', 'b'].map(id => ({ id: memberId(id) }) as MemberRecord)
  const clock = { every: () => ({ cancel: () => {} }) } as unknown as Clock
  const links = { send: () => {} } as unknown as Links
  const listeners = new Listeners(memberId('a'), links, { clock, random: new Prng(1), log: {} as Log }, () => members)
  const one: LocalListener = {
    flags: eventType.added,
    includeValue: true,
    key: null,
    local: false,
    wants: null,
    onEvent: () => {},
  }
  const adding = listeners.add('m', one)
  listeners.close(new CobnutError('MEMBER_STOPPED'))
  await assert.rejects(adding, { code: 'MEMBER_STOPPED' })
  await assert.rejects(listeners.add('m', one), { code: 'MEMBER_STOPPED' })
})
