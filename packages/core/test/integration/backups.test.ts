/** What the guide on backups promises, with real processes, asserted by what the other members hold. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sum, type TestCluster, type TestMember, until, using } from './test-cluster.js'

const fragments = {
  oneBackup: '<map name="default"><backup-count>1</backup-count></map>',
  asyncOnly: '<map name="default"><backup-count>0</backup-count><async-backup-count>1</async-backup-count></map>',
  readBackups:
    '<map name="default"><backup-count>0</backup-count><async-backup-count>1</async-backup-count><read-backup-data>true</read-backup-data></map>',
}

const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `key-${i}`)

async function fill(member: TestMember, map: string, n: number): Promise<void> {
  await member.call(
    'putAll',
    map,
    keys(n).map(key => [key, `value of ${key}`]),
  )
}

/** Reads on `member` go on while something else is under way: enough of them show that it does not come back by itself. */
async function turns(member: TestMember, n = 200): Promise<void> {
  for (let i = 0; i < n; i++) await member.call('isSafe')
}

const owner = async (cluster: TestCluster, map: string): Promise<[TestMember, string[]]> => {
  const member = cluster.members[0] as TestMember
  return [member, await member.call<string[]>('localKeySet', map)]
}

test('entries are spread over the members, with one backup of each on another member, by default', () =>
  using({ xml: '' }, async cluster => {
    await fill(cluster.members[1] as TestMember, 'm', 3000)
    const { owned, backups, backupBytes } = await cluster.held('m')
    assert.equal(sum(owned), 3000)
    await until('the backups to hold every entry', async () => sum((await cluster.held('m')).backups) === 3000)
    for (const n of owned) assert.ok(n > 600, `owned: ${owned}`)
    assert.equal(backups.length, 3)
    assert.ok(sum(backupBytes) > 0, 'backups cost memory, and it is counted')
  }))

test('backup-count 1: every acknowledged put survives a member killed in the middle of the load', () =>
  using({ xml: fragments.oneBackup }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember, TestMember]
    const victim = cluster.members[2] as TestMember
    const acknowledged = new Map<string, number>()
    let stop = false
    const load = async (member: TestMember, name: string): Promise<void> => {
      for (let i = 0; !stop; i++) {
        const key = `${name}-${i % 500}`
        await member.call('put', 'm', key, i)
        acknowledged.set(key, i)
      }
    }
    const loads = [load(a, 'a'), load(b, 'b'), load(a, 'c'), load(b, 'd')]
    await until('some load', () => acknowledged.size > 1000)
    await cluster.kill(victim)
    const then = acknowledged.size
    await until('load after the kill', () => acknowledged.size > Math.min(then + 300, 1900))
    stop = true
    await Promise.all(loads)
    for (const [key, value] of acknowledged) assert.equal(await a.call('get', 'm', key), value, key)
    await cluster.settled()
    assert.equal(sum((await cluster.held('m')).owned), acknowledged.size)
  }))

test('backup-count 1: a put does not return before the backup has it', () =>
  using({ xml: fragments.oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 50)
    const [, own] = await owner(cluster, 'm')
    const key = own[0] as string
    b.signal('SIGSTOP')
    let returned = false
    const put = a.call('put', 'm', key, 'new').then(() => {
      returned = true
    })
    await turns(a)
    assert.equal(returned, false, 'the put returned although its backup stood still')
    b.signal('SIGCONT')
    await put
    await cluster.kill(a)
    assert.equal(await b.call('get', 'm', key), 'new')
  }))

test('a removal is on the backup when remove returns', () =>
  using({ xml: fragments.oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 100)
    const [, own] = await owner(cluster, 'm')
    for (const key of own) await a.call('remove', 'm', key)
    await cluster.kill(a)
    for (const key of own) assert.equal(await b.call('get', 'm', key), null, `${key} came back`)
  }))

test('backup-count 2: each entry is on two other members, and two may die at once', () =>
  using({ xml: '<map name="default"><backup-count>2</backup-count></map>' }, async cluster => {
    await fill(cluster.members[0] as TestMember, 'm', 500)
    await until('two backups of each', async () => sum((await cluster.held('m')).backups) === 1000)
    const [, b, c] = cluster.members as [TestMember, TestMember, TestMember]
    b.signal('SIGKILL')
    await cluster.kill(c)
    await cluster.kill(b)
    const [a] = cluster.members as [TestMember]
    for (const key of keys(500)) assert.equal(await a.call('get', 'm', key), `value of ${key}`)
  }))

test('backup-count 0: nothing is backed up', () =>
  using({ xml: '<map name="default"><backup-count>0</backup-count></map>' }, async cluster => {
    await fill(cluster.members[0] as TestMember, 'm', 300)
    const { owned, backups } = await cluster.held('m')
    assert.equal(sum(owned), 300)
    assert.equal(sum(backups), 0)
  }))

test('backup-count 0 and async-backup-count 1: a put does not wait for the copy, which arrives later', () =>
  using({ xml: fragments.asyncOnly, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 50)
    await until('the copies', async () => sum((await cluster.held('m')).backups) === 50)
    const [, own] = await owner(cluster, 'm')
    b.signal('SIGSTOP')
    for (const key of own) await a.call('put', 'm', key, 'later')
    b.signal('SIGCONT')
    await a.call('put', 'm', 'one more', 1)
    await until('all copies again', async () => sum((await cluster.held('m')).backups) === 51)
  }))

test('synchronous and asynchronous backups of one map: each entry is on three members', () =>
  using(
    { xml: '<map name="default"><backup-count>1</backup-count><async-backup-count>1</async-backup-count></map>' },
    async cluster => {
      await fill(cluster.members[0] as TestMember, 'm', 400)
      await until('one synchronous and one asynchronous copy of each', async () => sum((await cluster.held('m')).backups) === 800)
      for (const member of cluster.members) {
        const { maps } = await member.status()
        const m = maps.find(({ name }) => name === 'm')
        assert.equal(
          (m?.ownedEntries ?? 0) + (m?.backupEntries ?? 0),
          400,
          'with three copies on three members everybody has everything',
        )
      }
    },
  ))

test('read-backup-data is off by default: a backup does not answer for its owner', () =>
  using({ xml: fragments.oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 50)
    const [, own] = await owner(cluster, 'm')
    for (const key of own) await b.call('get', 'm', key)
    assert.equal((await b.status()).operations.backupReads, 0)
    a.signal('SIGSTOP')
    let returned = false
    const get = b.call('get', 'm', own[0]).then(() => {
      returned = true
    })
    await turns(b)
    assert.equal(returned, false)
    a.signal('SIGCONT')
    await get
  }))

test('read-backup-data true: a member that holds a copy answers itself, even while the owner stands still', () =>
  using({ xml: fragments.readBackups, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 50)
    await until('the copies', async () => sum((await cluster.held('m')).backups) === 50)
    const [, own] = await owner(cluster, 'm')
    a.signal('SIGSTOP')
    for (const key of own) assert.equal(await b.call('get', 'm', key), `value of ${key}`)
    a.signal('SIGCONT')
    assert.equal((await b.status()).operations.backupReads, own.length)
  }))

test('a read of a backup is no access at the owner: an idle entry expires all the same, and is never returned expired', () => {
  const xml = fragments.readBackups.replace('</map>', '<max-idle-seconds>1</max-idle-seconds></map>')
  return using({ xml, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 'm', 20)
    await until('the copies', async () => sum((await cluster.held('m')).backups) === 20)
    const [, own] = await owner(cluster, 'm')
    const key = own[0] as string
    const began = performance.now()
    let value: unknown = ''
    while (value !== null) {
      value = await b.call('get', 'm', key)
      const took = performance.now() - began
      assert.ok(took < 5_000, 'the entry lives although nobody asked its owner')
    }
    assert.ok((await b.status()).operations.backupReads > 0)
    assert.equal(await a.call('get', 'm', key), null)
  })
})

test('a cluster of one with backup-count 1 goes on with one copy, and says so', () =>
  using({ xml: fragments.oneBackup, members: 1 }, async cluster => {
    const [a] = cluster.members as [TestMember]
    await fill(a, 'm', 10)
    const { groups } = await a.status()
    assert.equal(groups.underReplicated, groups.total)
    const isSaid = (): boolean => a.log.some(line => line.event === 'groups.underReplicated' && line.reason === 'too-few-members')
    await until('the log to say so', isSaid)
    const b = await cluster.add()
    await cluster.settled()
    assert.equal((await a.status()).groups.underReplicated, 0)
    await cluster.kill(a)
    for (const key of keys(10)) assert.equal(await b.call('get', 'm', key), `value of ${key}`)
  }))

test('a member whose file differs is told, and the cluster keeps what was decided', () =>
  using({ xml: fragments.oneBackup, members: 2 }, async cluster => {
    const [a] = cluster.members as [TestMember]
    await fill(a, 'm', 10)
    const minSync = '<properties><property name="cobnut.min.sync">0</property></properties>'
    const c = await cluster.add(`<map name="m"><backup-count>2</backup-count></map>${minSync}`)
    assert.ok(c.log.some(l => l.event === 'config.differs' && l.setting === 'cobnut.min.sync' && l.cluster === -1))
    assert.ok(c.log.some(l => l.event === 'config.differs' && l.map === 'm' && l.setting === 'backupCount'))
    assert.equal((await c.status()).maps.find(m => m.name === 'm')?.backupCount, 1)
  }))
