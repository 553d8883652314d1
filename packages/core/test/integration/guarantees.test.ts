/** Places where acknowledgements are easily given too early. Each has a row in docs/guide/guarantees.md. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GroupView } from '../../src/api/admin.js'
import { type TestMember, until, using } from './test-cluster.js'

const oneBackup = '<map name="m"><backup-count>1</backup-count></map>'

/** A member that stands still is not counted out during the test. */
const patient = '<properties><property name="cobnut.suspect.after.millis">60000</property></properties>'

/** Asks something else on a member for a while: enough to show that a call does not come back by itself. */
async function turns(member: TestMember): Promise<void> {
  for (let i = 0; i < 200; i++) await member.call('isSafe')
}

test('the departure of a member that has nothing to do with a write acknowledges nothing', () =>
  using({ xml: `${patient}${oneBackup}`, members: 5 }, async cluster => {
    const { members } = cluster
    const [asker] = members as [TestMember]
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`)
    await asker.call('put', 'm', 'first', 0)
    // a key that the asker owns, so that only its one backup is between the call and its answer
    const where = await Promise.all(keys.map(key => asker.call<GroupView>('whereIs', 'm', key)))
    const at = where.findIndex(({ owner, inSyncBackups }) => owner === asker.id && inSyncBackups.length === 1)
    const backup = members.find(m => m.id === where[at]?.inSyncBackups[0]) as TestMember
    const stranger = members.find(m => m !== asker && m !== backup) as TestMember
    backup.signal('SIGSTOP')
    let isAnswered = false
    const put = asker.call('put', 'm', keys[at], 'value').then(() => {
      isAnswered = true
    })
    await cluster.kill(stranger)
    await until('its departure', async () => (await asker.call<unknown[]>('members')).length === 4)
    await turns(asker)
    assert.equal(isAnswered, false)
    backup.signal('SIGCONT')
    await put
    await cluster.kill(asker)
    const [rest] = cluster.members as [TestMember]
    assert.equal(await rest.call('get', 'm', keys[at]), 'value')
  }))

test('what putAll has acknowledged survives its owner, killed at once', () =>
  using({ xml: oneBackup }, async cluster => {
    const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
    const entries = Array.from({ length: 5_000 }, (_, i) => [`key-${i}`, i] as const)
    await a.call('putAll', 'm', entries)
    c.signal('SIGKILL')
    await cluster.kill(c)
    const found = new Map(
      await b.call<[string, number][]>(
        'getAll',
        'm',
        entries.map(([key]) => key),
      ),
    )
    assert.equal(found.size, entries.length)
    assert.ok(entries.every(([key, value]) => found.get(key) === value))
  }))
