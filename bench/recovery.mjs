// npm run recovery: how long writes wait when the owner of their partitions dies (kill -9) or stands still (SIGSTOP).
//
// Three processes with one synchronous backup. 271 callers, each with one key of a partition of its own, write in a closed loop; one
// member gets the signal. Counted is, from the signal on, the time until the first acknowledged write on a partition that
// it owned, and until the last of these partitions has one.
//
//   --times N       runs of each kind, each with a new cluster; default 5
//   --limit SECONDS what takes longer counts as so much; default 90: Hazelcast gives up a silent member after 60
//   --systems TEXT  only the systems whose name holds it
//   --signals TEXT  only the signals whose name holds it
//   --heartbeat S   hazelcast.client.heartbeat.timeout of the clients; default: theirs, 60
//   HAZELCAST_JAR   path of a Hazelcast jar to run beside

import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Cobnut } from '../packages/core/dist/src/index.js'
import { mapName, startCobnut, startHazelcast } from './lib/clusters.mjs'

const { Client } = createRequire(import.meta.url)('hazelcast-client')
const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '5' },
    limit: { type: 'string', default: '90' },
    systems: { type: 'string', default: '' },
    signals: { type: 'string', default: '' },
    heartbeat: { type: 'string', default: '60' },
  },
})
const limitMs = Number(options.limit) * 1000
const partitions = 271
const settleMs = 3_000
const pauseMs = 5
const map = mapName('1 sync backup')

/** Callers as an application has them: set(key, value), and who owns a key's partition, by the member's port. */
async function byClient(cluster) {
  const client = await Client.newHazelcastClient({
    clusterName: 'bench',
    network: { clusterMembers: cluster.members },
    properties: {
      'hazelcast.logging.level': 'OFF',
      // the default pause of a second before a call is repeated would hide what is measured
      'hazelcast.client.invocation.retry.pause.millis': 10,
      // it hears of the cluster from the member that it connects to first: that has to be a known one
      'hazelcast.client.shuffle.member.list': false,
      'hazelcast.client.heartbeat.timeout': Number(options.heartbeat) * 1000,
    },
  })
  const target = await client.getMap(map)
  const service = client.getPartitionService()
  const ports = new Map(
    client
      .getCluster()
      .getMembers()
      .map(m => [m.uuid.toString(), m.address.port]),
  )
  return {
    set: (key, value) => target.set(key, value),
    partitionOf: key => service.getPartitionId(key),
    portOf: partition => ports.get(service.getPartitionOwner(partition)?.toString()),
    stop: () => client.shutdown(),
  }
}

async function embedded(cluster) {
  const member = await Cobnut.start({ file: cluster.file, liteMember: true }, { logLevel: 'error' })
  while (!member.isSafe()) await sleep(20)
  const target = member.getMap(map)
  await target.set('key', 'value')
  const ports = new Map(member.members().map(m => [m.id, m.address.port]))
  const groups = () => member.admin.groups(map)
  const owners = new Map(groups().map(({ partitionId, owner }) => [partitionId, ports.get(owner)]))
  return {
    set: (key, value) => target.set(key, value),
    partitionOf: async key => (await target.whereIs(key)).partitionId,
    portOf: partition => owners.get(partition),
    stop: () => member.shutdown(),
  }
}

const systems = [
  ['Cobnut, embedded', startCobnut, embedded],
  ['Cobnut, hazelcast-client', startCobnut, byClient],
]
const jar = process.env.HAZELCAST_JAR
if (jar) systems.push(['Hazelcast, hazelcast-client', count => startHazelcast(jar, count), byClient])

/** One key for each partition. */
async function keysOf(application) {
  const keys = new Map()
  for (let i = 0; keys.size < partitions; i++) keys.set(await application.partitionOf(`key-${i}`), `key-${i}`)
  return keys
}

/** @returns ms until the first and the last of the victim's partitions had a write acknowledged. */
async function run(start, connect, signal, index) {
  const cluster = await start(3)
  const application = await connect(cluster)
  const acked = new Map()
  let isOver = false
  let signalledAt = Number.POSITIVE_INFINITY
  try {
    const write = async ([partition, key]) => {
      while (!isOver) {
        const askedAt = performance.now()
        await application.set(key, 'value').catch(() => {})
        // an answer that was under way with the signal says nothing of what came after it
        if (askedAt > signalledAt - 1 || performance.now() > signalledAt + 20) acked.set(partition, performance.now())
        await sleep(pauseMs)
      }
    }
    const callers = [...(await keysOf(application))].map(write)
    await sleep(settleMs)
    const victim = cluster.children[index]
    const port = Number(cluster.members[index].split(':')[1])
    const lost = Array.from({ length: partitions }, (_, i) => i).filter(i => application.portOf(i) === port)
    acked.clear()
    signalledAt = performance.now()
    const first = new Map()
    victim.kill(signal)
    while (first.size < lost.length && performance.now() < signalledAt + limitMs) {
      await sleep(2)
      for (const partition of lost)
        if (acked.has(partition) && !first.has(partition)) first.set(partition, acked.get(partition) - signalledAt)
    }
    isOver = true
    if (signal === 'SIGSTOP') victim.kill('SIGKILL')
    await Promise.race([Promise.all(callers), sleep(10_000)])
    const times = [...first.values()]
    return { first: Math.min(...times, limitMs), last: first.size < lost.length ? limitMs : Math.max(...times) }
  } finally {
    isOver = true
    await Promise.race([application.stop(), sleep(5_000)])
    await cluster.stop()
  }
}

const median = numbers => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const shown = ms => (ms >= limitMs ? `more than ${options.limit} s` : `${Math.round(ms)} ms`)

// a client hears of the cluster from the first member, and of that one itself only by its own limit
const victims = [
  ['SIGKILL', 1, ''],
  ['SIGSTOP', 1, ''],
  ['SIGSTOP', 0, ', of which the client hears of the cluster'],
]
console.log('| system | signal to the owner | first write again: median, max | all partitions again: median, max |')
console.log('|---|---|---|---|')
for (const [name, start, connect] of systems.filter(([name]) => name.includes(options.systems))) {
  for (const [signal, index, which] of victims.filter(([signal]) => signal.includes(options.signals))) {
    // an embedded caller is told by everybody
    if (connect === embedded && index === 0) continue
    const runs = []
    for (let i = 0; i < Number(options.times); i++) runs.push(await run(start, connect, signal, index))
    const figures = kind => [median(runs.map(r => r[kind])), Math.max(...runs.map(r => r[kind]))].map(shown).join(', ')
    console.log(`| ${name} | ${signal}${which} | ${figures('first')} | ${figures('last')} |`)
  }
}
process.exit(0)
