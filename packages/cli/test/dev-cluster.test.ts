import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseAddress } from '../src/address.js'
import { ClusterMonitor } from '../src/cluster-monitor.js'
import { firstPort } from '../src/commands/dev.js'
import { DevCluster, type DevClusterOptions } from '../src/dev-cluster.js'
import { MemberClient } from '../src/http-client.js'
import { eventFromLine, onLines } from '../src/json-lines.js'
import type { MemberProcess } from '../src/member-process.js'
import { eventually } from './support.js'

const fakeMember = fileURLToPath(new URL('fake-member.js', import.meta.url))
const fakes = {
  members: 3,
  port: 0,
  clusterName: 'fakes',
  program: [process.execPath, fakeMember],
} as const satisfies DevClusterOptions

const states = (cluster: DevCluster): string[] => cluster.members.map(({ state }) => state)

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('members start with each other as seeds, leave when asked, and are told apart from the dead', async () => {
  const seen: string[] = []
  const onState = (member: MemberProcess): void => void seen.push(member.state)
  const cluster = await DevCluster.spawn({ ...fakes, onState })
  try {
    await cluster.started()
    assert.deepEqual(states(cluster), ['running', 'running', 'running'])
    const { members } = await new MemberClient(parseAddress(cluster.members[1]?.address as string)).status()
    assert.equal(members[0]?.id, cluster.members[1]?.uuid)
    cluster.members[1]?.kill()
    await cluster.members[1]?.ended
    assert.deepEqual(states(cluster), ['running', 'died', 'running'])
    assert.deepEqual(cluster.members[1]?.ending, { code: null, signal: 'SIGKILL' })
  } finally {
    await cluster.stop()
  }
  assert.deepEqual(states(cluster), ['stopped', 'died', 'stopped'])
  assert.equal(cluster.living.length, 0)
})

test('a member that cannot start says why', async () => {
  const cluster = await DevCluster.spawn({ ...fakes, members: 1, startArguments: ['--property', 'fake.start=fails'] })
  await assert.rejects(
    cluster.started(),
    /127\.0\.0\.1:\d+ ended with exit code 1 before it had started:\nthis member cannot start/,
  )
  await cluster.stop()
})

test('a program that cannot be run is a member that died', async () => {
  const cluster = await DevCluster.spawn({ ...fakes, members: 1, program: ['/nowhere/at-all'] })
  await assert.rejects(cluster.started(), /could not be run before it had started/)
  assert.deepEqual(states(cluster), ['died'])
})

test('a member that does not leave is ended', async () => {
  const cluster = await DevCluster.spawn({ ...fakes, members: 1, startArguments: ['--property', 'fake.stop=never'] })
  await cluster.started()
  const stopped = cluster.stop()
  cluster.killAll()
  await stopped
  assert.deepEqual(cluster.members[0]?.ending, { code: null, signal: 'SIGKILL' })
})

test('the monitor pictures figures, death, and what was told', async () => {
  const cluster = await DevCluster.spawn({ ...fakes, members: 2 })
  let changes = 0
  const monitor = new ClusterMonitor(cluster, () => changes++)
  try {
    await cluster.started()
    const known = (): true | undefined => (monitor.picture().members.every(({ status }) => status !== null) ? true : undefined)
    await eventually(known, () => monitor.picture())
    monitor.tell('hello')
    cluster.members[0]?.kill()
    await cluster.members[0]?.ended
    const [dead, alive] = monitor.picture().members
    assert.deepEqual([dead?.state, dead?.status], ['died', null])
    assert.equal(alive?.status?.clusterName, 'fakes')
    assert.match(monitor.picture().news[0] as string, /^\d\d:\d\d:\d\d {2}hello$/)
    assert.ok(changes > 0)
  } finally {
    monitor.stop()
    await cluster.stop()
  }
})

test('members leave when the process that started them is killed', async () => {
  const script = fileURLToPath(new URL('fake-dev.js', import.meta.url))
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pids: number[] = []
  onLines(parent.stdout, line => pids.push(Number(eventFromLine(line)?.pid)))
  await eventually(
    () => (pids.length === 2 ? true : undefined),
    () => pids,
  )
  parent.kill('SIGKILL')
  await once(parent, 'close')
  await eventually(
    () => (pids.some(isRunning) ? undefined : true),
    () => pids,
  )
})

test('the first port is the flag, else what the configuration says, else the default', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cobnut-dev-'))
  const config = join(folder, 'hazelcast.yaml')
  try {
    await writeFile(config, 'hazelcast: { network: { port: { port: 6123 } } }')
    assert.equal(await firstPort({}), 5701)
    assert.equal(await firstPort({ config }), 6123)
    assert.equal(await firstPort({ config, port: 6200 }), 6200)
    assert.equal(await firstPort({ config, port: 0 }), 0)
    await writeFile(config, 'hazelcast: { network: { port: { port: 70000 } } }')
    assert.equal(await firstPort({ config }), 5701, 'what is wrong with it the members say')
  } finally {
    await rm(folder, { recursive: true })
  }
})
