// npm run bench: calls a second and latencies of Cobnut, beside Redis and a real Hazelcast where they are installed, in one
// run on one machine. Only ratios within a run mean anything.
//
//   --seconds N    per measurement, default 3
//   --warm-up N    seconds of calls before a system's first measurement, default 20: a JVM is not warm before
//   --rounds N     times the whole table is measured, the median counts; default 3
//   --calls TEXT   only the calls whose name holds it, such as '1 sync'
//   --systems TEXT only the systems whose name holds it, such as 'hazelcast-client'
//   HAZELCAST_JAR  path of a Hazelcast jar to run beside
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mapName, maps, startCobnut, startHazelcast } from './lib/clusters.mjs'
import { keyOf, load, outstandings, value } from './lib/load.mjs'
import { startRedis } from './lib/redis.mjs'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    outstanding: { type: 'string', default: outstandings.join(',') },
    calls: { type: 'string', default: '' },
    systems: { type: 'string', default: '' },
  },
})
const forMs = Number(options.seconds) * 1000
const warmUpMs = Math.max(2_000, forMs)
const firstWarmUpMs = Number(options['warm-up']) * 1000
const windows = options.outstanding.split(',').map(Number)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { Client } = createRequire(import.meta.url)('hazelcast-client')

const clientOf = members =>
  Client.newHazelcastClient({
    clusterName: 'bench',
    network: { clusterMembers: members },
    properties: { 'hazelcast.logging.level': 'OFF' },
  })

/** Every system gives rows of calls: name -> (n, worker) => Promise. */
async function clusterCalls(cluster) {
  const client = await clientOf(cluster.members)
  const calls = {}
  for (const kind of Object.keys(maps)) {
    const map = await client.getMap(mapName(kind))
    calls[`set, ${kind}`] = n => map.set(keyOf(n), value)
    if (kind === '1 sync backup') calls.get = n => map.get(keyOf(n))
  }
  return { calls, stop: () => client.shutdown() }
}

async function embeddedCalls(cluster) {
  const { Cobnut } = await import('../packages/core/dist/src/index.js')
  const member = await Cobnut.start({ file: cluster.file }, { logLevel: 'error' })
  while (!member.isSafe()) await new Promise(resume => setTimeout(resume, 20))
  const calls = {}
  for (const kind of Object.keys(maps)) {
    const map = member.getMap(mapName(kind))
    calls[`set, ${kind}`] = n => map.set(keyOf(n), value)
    if (kind === '1 sync backup') calls.get = n => map.get(keyOf(n))
  }
  return { calls, stop: () => member.terminate() }
}

async function redisCalls(redis) {
  return {
    calls: {
      'set, 1 sync backup': (n, worker) => redis.setAndWait(keyOf(n), value, worker),
      'set, 1 async backup': (n, worker) => redis.set(keyOf(n), value, worker),
      get: (n, worker) => redis.get(keyOf(n), worker),
    },
    stop: async () => {},
  }
}

const systems = [
  { name: 'Cobnut, hazelcast-client', start: () => startCobnut(3), calls: clusterCalls },
  { name: 'Cobnut, embedded', start: () => startCobnut(2), calls: embeddedCalls },
]
const jar = process.env.HAZELCAST_JAR
if (jar) systems.push({ name: 'Hazelcast, hazelcast-client', start: () => startHazelcast(jar, 3), calls: clusterCalls })
if (spawnSync('redis-server', ['--version']).status === 0) {
  systems.push({ name: 'Redis + replica (WAIT 1 for sync)', start: startRedis, calls: redisCalls })
}

const results = []
for (let round = 1; round <= Number(options.rounds); round++) {
  for (const system of systems.filter(({ name }) => name.includes(options.systems))) {
    process.stderr.write(`round ${round}: ${system.name}\n`)
    const running = await system.start()
    const { calls, stop } = await system.calls(running)
    const wanted = Object.entries(calls).filter(([name]) => name.includes(options.calls))
    for (const [i, [name, call]] of wanted.entries()) {
      // a JVM needs its time to compile what is hot
      await load(call, 64, i === 0 ? Math.max(warmUpMs, firstWarmUpMs) : warmUpMs)
      for (const outstanding of windows) {
        results.push({ round, system: system.name, call: name, outstanding, ...(await load(call, outstanding, forMs)) })
      }
    }
    await stop()
    await running.stop()
  }
}

const median = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const callNames = [...new Set(results.map(r => r.call))]
const lines = [`| system | call | ${windows.map(w => `W ${w}`).join(' | ')} |`, `|---|---|${windows.map(() => '---').join('|')}|`]
const middle = (system, call, outstanding, field) => {
  const found = results.filter(r => r.system === system && r.call === call && r.outstanding === outstanding)
  return found.length === 0 ? null : median(found.map(r => r[field]))
}
for (const call of callNames) {
  for (const { name } of systems) {
    if (middle(name, call, windows[0], 'perSecond') === null) continue
    const cells = windows.map(w => {
      const [rate, p50, p99] = ['perSecond', 'p50Ms', 'p99Ms'].map(field => middle(name, call, w, field))
      return `${rate.toLocaleString('en')}/s, p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(1)} ms`
    })
    lines.push(`| ${name} | ${call} | ${cells.join(' | ')} |`)
  }
}
const ours = 'Cobnut, hazelcast-client'
for (const { name } of systems.slice(2)) {
  for (const call of callNames) {
    const ratios = windows.map(w => middle(ours, call, w, 'perSecond') / middle(name, call, w, 'perSecond'))
    if (ratios.every(Number.isFinite))
      lines.push(`| ratio: ours / ${name} | ${call} | ${ratios.map(r => r.toFixed(2)).join(' | ')} |`)
  }
}
console.log(lines.join('\n'))
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
const date = new Date().toISOString().slice(0, 10)
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version }
mkdirSync(join(root, 'bench/results'), { recursive: true })
writeFileSync(
  join(root, `bench/results/${date}-${commit}.json`),
  `${JSON.stringify({ date, commit, machine, forMs, results }, null, 1)}\n`,
)
process.exit(0)
