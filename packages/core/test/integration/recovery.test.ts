/** More members are gone than the configuration survives: said, never silent, and ended only by order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GroupView, Recovery } from '../../src/api/admin.js'
import { type TestMember, until, using } from './test-cluster.js'

const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`)
const quick = '<properties><property name="cobnut.suspect.after.millis">1000</property></properties>'
const fill = (member: TestMember): Promise<void> =>
  member.call(
    'putAll',
    'm',
    keys.map(key => [key, key]),
  )

/** What a member reads of each key: the value, or the code of the error. */
const readAll = (member: TestMember): Promise<unknown[]> =>
  Promise.all(
    keys.map(key => member.call('get', 'm', key, { timeoutMs: 1_000 }).catch((e: unknown) => (e as { code: string }).code)),
  )

const notOk = async (member: TestMember): Promise<GroupView[]> =>
  (await member.call<GroupView[]>('groups', 'm')).filter(g => g.status !== 'ok')

test('of what two members held together and both were killed, nothing is answered until it is given up', () =>
  using({ xml: '<map name="m"><backup-count>1</backup-count></map>' }, async cluster => {
    const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
    await fill(a)
    b.signal('SIGKILL')
    c.signal('SIGKILL')
    await Promise.all([cluster.kill(b), cluster.kill(c)])
    await until('the loss', async () => (await notOk(a)).some(g => g.status === 'lost'))
    await until('the rest', async () => (await readAll(a)).every(r => r !== 'TIMEOUT' && r !== 'UNAVAILABLE'))
    const before = await readAll(a)
    const lost = before.filter(r => r === 'PARTITION_LOST').length
    assert.ok(lost > 0 && lost < keys.length, `${lost} keys lost`)
    assert.ok(before.every((r, i) => r === 'PARTITION_LOST' || r === keys[i]))
    await assert.rejects(
      a.call('put', 'm', keys[before.indexOf('PARTITION_LOST')], 'again'),
      (e: { code?: string; outcome?: string }) => e.code === 'PARTITION_LOST' && e.outcome === 'not-applied',
    )
    const price = await a.call<Recovery>('recover', { map: 'm' })
    assert.equal(price.done, false)
    assert.deepEqual(await readAll(a), before, 'to ask for the price costs nothing')
    const { done, groups } = await a.call<Recovery>('recover', { map: 'm', acceptDataLoss: true })
    assert.deepEqual(
      [done, groups.length, groups.every(g => g.from === null && g.maps.includes('m'))],
      [true, price.groups.length, true],
    )
    assert.deepEqual(
      await readAll(a),
      before.map(r => (r === 'PARTITION_LOST' ? null : r)),
    )
    await fill(a)
    assert.deepEqual(await readAll(a), keys)
    assert.equal((await notOk(a)).length, 0)
    assert.ok(a.log.some(l => l.event === 'partition.recovered'))
  }))

test('where an asynchronous copy is left, it is taken', () =>
  using(
    { xml: '<map name="m"><backup-count>1</backup-count><async-backup-count>1</async-backup-count></map>' },
    async cluster => {
      const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
      await fill(a)
      await until('every copy', async () => (await cluster.held('m')).backups.reduce((n, m) => n + m, 0) === 2 * keys.length)
      b.signal('SIGKILL')
      c.signal('SIGKILL')
      await Promise.all([cluster.kill(b), cluster.kill(c)])
      await until('the loss', async () => (await notOk(a)).length > 0)
      const { groups } = await a.call<Recovery>('recover', { acceptDataLoss: true })
      assert.ok(groups.some(g => g.from === a.id))
      await until('every key', async () => (await readAll(a)).every((r, i) => r === keys[i]))
    },
  ))

test('those who are only silent bring everything back', () =>
  using({ xml: `${quick}<map name="m"><backup-count>1</backup-count></map>`, members: 5 }, async cluster => {
    const a = cluster.members[0] as TestMember
    await fill(a)
    // who holds something together depends on the order in which they have joined
    const holders = (await a.call<GroupView[]>('groups', 'm')).map(g => [g.owner, ...g.inSyncBackups])
    const pair = holders.find(ids => ids.length === 2 && !ids.includes(a.id))
    const [d, e] = cluster.members.filter(m => pair?.includes(m.id)) as [TestMember, TestMember]
    d.signal('SIGSTOP')
    e.signal('SIGSTOP')
    await until('their removal', async () => (await a.call<unknown[]>('members')).length === 3)
    const waiting = await notOk(a)
    assert.ok(waiting.length > 0)
    const isAwaited = (id: string): boolean => id === d.id || id === e.id
    assert.ok(
      waiting.every(g => g.status === 'unavailable' && g.awaited.every(isAwaited)),
      JSON.stringify(waiting),
    )
    assert.ok((await readAll(a)).includes('UNAVAILABLE'))
    d.signal('SIGCONT')
    await until('their return', async () => (await notOk(a)).length === 0)
    assert.deepEqual(await readAll(a), keys)
    e.signal('SIGCONT')
    await cluster.settled()
    assert.deepEqual(await readAll(e), keys)
  }))
