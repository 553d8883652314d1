/** The questions of whoever operates a cluster, asked of real members in this process. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { Cobnut, type Member } from 'cobnut'
import hazelcast from 'hazelcast-client'
import { doctor } from '../src/commands/doctor.js'
import { createProgram } from '../src/program.js'
import { eventually, testTerminal } from './support.js'

const members: Member[] = []

async function start(seeds: readonly string[]): Promise<Member> {
  const network = {
    port: 0,
    join: { autoDetection: { enabled: false }, multicast: { enabled: false }, tcpIp: { enabled: true, members: seeds } },
  }
  const properties = { 'hazelcast.partition.count': '7', 'cobnut.join.window.millis': '0' }
  const member = await Cobnut.start({ clusterName: 'doctor', network, properties }, { logSink: () => {} })
  members.push(member)
  return member
}

const addressOf = (member: Member): string => `${member.address.host}:${member.address.port}`

before(async () => {
  const first = await start([])
  await first.getMap('cities').put('Ulm', 120_000)
})
after(() => Promise.all(members.map(member => member.terminate())))

/** What a command prints, and its exit code (0 where it sets none). */
async function cobnut(...args: string[]): Promise<{ out: string; code: number }> {
  const terminal = testTerminal()
  let code = 0
  const done = (exit: number): void => {
    code = exit
  }
  const address = ['--address', addressOf(members[0] as Member)]
  await createProgram(terminal, '1.2.3', done).parseAsync([...args, ...address], { from: 'user' })
  return { out: terminal.outText(), code }
}

test('a member alone must not be stopped, and the doctor says why', async () => {
  const { out, code } = await cobnut('doctor')
  assert.equal(code, 1)
  assert.match(out, /^no {3}127\.0\.0\.1:\d+ [0-9a-f-]+\n {5}it holds the only complete copy of 7 groups/m)
  const where = await cobnut('where', 'cities', 'Ulm')
  assert.match(where.out, /partition +\d, group \d, epoch 1\nstatus +ok\nowner +127.*\nin sync +none\n/)
  assert.match(where.out, /safe +against no loss; 1 backup configured, too few members for more\n/)
  assert.match((await cobnut('partitions')).out, /^7 of 7 groups served, 7 shown\n.*PARTITION/)
})

test('backups of a map in use are changed, and shown', async () => {
  const { out } = await cobnut('map', 'set-backups', 'cities', '--backup-count', '2')
  assert.equal(out, 'cities: 2 synchronous and 0 asynchronous backups\n')
  const json = await cobnut('map', 'set-backups', 'cities', '--backup-count', '1', '--json')
  assert.deepEqual(JSON.parse(json.out).kept, { backupCount: 1, asyncBackupCount: 0 })
})

test('clients are listed with what all members know of them', async () => {
  assert.equal((await cobnut('clients')).out, 'no client is connected\n')
  const client = await hazelcast.Client.newHazelcastClient({
    clusterName: 'doctor',
    instanceName: 'reader',
    network: { clusterMembers: [addressOf(members[0] as Member)] },
    nearCaches: { cities: {} },
    properties: { 'hazelcast.logging.level': 'OFF', 'hazelcast.client.statistics.period.seconds': 1 },
  })
  try {
    const cities = await client.getMap('cities')
    for (let i = 0; i < 4; i++) await cities.get('Ulm')
    let seen = ''
    await eventually(
      async () => {
        seen = (await cobnut('clients')).out
        return seen.includes('cities: 1 entries, 75 % hits') || undefined
      },
      () => seen,
    )
    const { out } = await cobnut('clients')
    assert.match(out, /^reader +NJS 5\.\d\.\d +[0-9a-f-]{36} +127\.0\.0\.1 +1 member +cities/m)
    const [found] = JSON.parse((await cobnut('clients', '--json')).out) as { name: string; connections: number }[]
    assert.deepEqual([found?.name, found?.connections], ['reader', 1])
  } finally {
    await client.shutdown()
  }
})

test('while everything is served there is nothing to recover', async () => {
  const { out, code } = await cobnut('partitions', 'recover', '--map', 'cities')
  assert.deepEqual([out, code], ['nothing to recover: every group is served, or waits for one that is still a member\n', 0])
  const json = await cobnut('partitions', 'recover', '--accept-data-loss', '--json')
  assert.deepEqual([JSON.parse(json.out), json.code], [{ done: false, groups: [] }, 0])
})

test('on a side without a quorum nothing may be stopped', async () => {
  const forked = { stateVersion: 17, current: true, fork: true, healthy: false, members: [] }
  const server = createServer((_, response) => void response.end(JSON.stringify(forked))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const terminal = testTerminal()
    assert.equal(await doctor({ address: { host: '127.0.0.1', port } }, terminal), 1)
    assert.match(terminal.outText(), /goes on without a quorum/)
  } finally {
    server.close()
  }
})

test('with a second one on the same machine either may be stopped', async () => {
  const second = await start([addressOf(members[0] as Member)])
  // in between copies are complete, and owners not yet balanced
  const one = await eventually(
    async () => {
      const asked = await cobnut('doctor', '--member', second.id, '--json')
      return asked.code === 0 && (await cobnut('doctor')).code === 0 ? asked : undefined
    },
    () => members[0]?.admin.checkup(),
  )
  assert.deepEqual([one.code, JSON.parse(one.out).mayStop, JSON.parse(one.out).members.length], [0, true, 1])
  const where = JSON.parse((await cobnut('where', 'cities', 'Ulm', '--json')).out)
  assert.deepEqual([where.map, where.key, where.survives, where.inSyncBackups.length], ['cities', 'Ulm', 1, 1])
  assert.deepEqual(where.owner, (await members[0]?.getMap('cities').whereIs('Ulm'))?.owner)
  const all = await cobnut('partitions', '--json')
  assert.deepEqual(JSON.parse(all.out), { total: 7, groups: [] })
  await assert.rejects(cobnut('doctor', '--member', 'nobody'), /no member is called 'nobody'; there are 127\.0\.0\.1/)
})
