/**
 * Real processes under faults: `npm run chaos -- --seconds N --members N --backups N`. Calls go through every member while
 * members are killed and started anew, or stand still for a while; then the history of every key is checked. The last line
 * is one JSON object; exit 1 if an answer was wrong or the cluster did not become whole again.
 */

import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { type Action, type Call, callText, History, type Result } from '../../sim/history.js'
import { checkKey, firstImpossible } from '../../sim/linearizability.js'
import { Prng } from '../../src/base/prng.js'
import { TestCluster, type TestMember } from '../integration/test-cluster.js'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    members: { type: 'string', default: '3' },
    backups: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [seconds, members, seed] = [options.seconds, options.members, options.seed].map(Number) as [number, number, number]

const keyCount = 150
const clientCount = 8
/** No fault begins so shortly before the end. */
const calmMs = 8_000
const pauseMsMax = 6_000

const random = new Prng(seed)
const history = new History()
const faults = { kill: 0, pause: 0 }
const troubles: string[] = []
const waitedMs: number[] = []
let values = 0

const now = (): number => performance.now()
const sleep = (ms: number): Promise<void> => new Promise(resume => setTimeout(resume, ms))

function drawAction(): Action {
  const value = `v${++values}`
  switch (random.below(8)) {
    case 0:
      return { name: 'put', value }
    case 1:
      return { name: 'set', value }
    case 2:
      return { name: 'putIfAbsent', value }
    case 3:
      return { name: 'remove' }
    case 4:
      return { name: 'replaceIfSame', expected: `v${Math.max(1, values - 1 - random.below(20))}`, value }
    default:
      return { name: 'get' }
  }
}

function argumentsOf(action: Action): string[] {
  if (action.name === 'replaceIfSame') return [action.expected, action.value]
  return 'value' in action ? [action.value] : []
}

async function callOnce(member: TestMember, client: string): Promise<void> {
  const key = `k${random.below(keyCount)}`
  const action = drawAction()
  const call = history.ask(client, key, action, now())
  try {
    const result = await member.call<Result>(action.name, 'm', key, ...argumentsOf(action))
    history.ok(call, result, now())
    waitedMs.push(call.answeredMs - call.askedMs)
  } catch (error) {
    const { code, outcome } = error as { code?: string; outcome?: string }
    if (outcome === 'not-applied') history.failed(call, code ?? 'unknown', now())
    else history.unknown(call, code ?? 'the member ended')
    await sleep(20)
  }
}

async function breakSomething(cluster: TestCluster): Promise<void> {
  const victim = random.pick(cluster.members)
  if (random.chance(1, 2)) {
    faults.kill++
    await cluster.kill(victim)
    await sleep(random.below(1_500))
    await cluster.add()
  } else {
    faults.pause++
    victim.signal('SIGSTOP')
    await sleep(100 + random.below(pauseMsMax))
    victim.signal('SIGCONT')
  }
  await cluster.settled()
}

const xml = `<map name="default"><backup-count>${options.backups}</backup-count></map>`
const cluster = await TestCluster.start({ xml, members })
const endMs = now() + seconds * 1_000
try {
  const clients = Array.from({ length: clientCount }, async (_, i) => {
    while (now() < endMs) {
      const running = cluster.members.filter(m => m.id !== '')
      if (running.length === 0) await sleep(20)
      else await callOnce(random.pick(running), `c${i}`)
    }
  })
  while (now() < endMs - calmMs) {
    await sleep(1_000 + random.below(2_500))
    // whatever does not become whole again is a finding; the load goes on
    await breakSomething(cluster).catch((error: unknown) => troubles.push(String(error)))
  }
  await Promise.all(clients)
  await cluster.settled().catch((error: unknown) => troubles.push(String(error)))
} finally {
  await cluster.close()
}

const verdicts = { linearizable: 0, violation: 0, undecided: 0 }
for (const [key, calls] of history.byKey()) {
  const verdict = checkKey(calls)
  verdicts[verdict]++
  if (verdict !== 'violation') continue
  const impossible: Call | null = firstImpossible(calls)
  console.error(`${key}: no order of its calls explains ${impossible === null ? 'the history' : callText(impossible)}`)
}
for (const trouble of troubles) console.error(trouble)
waitedMs.sort((a, b) => a - b)
const percentile = (p: number): number => Math.round((waitedMs[Math.floor((waitedMs.length - 1) * p)] ?? 0) * 100) / 100
const [calls, answered, unknown] = [history.calls.length, history.count('ok'), history.count('open')]
const waits = { p50Ms: percentile(0.5), p99Ms: percentile(0.99), longestMs: percentile(1) }
console.log(
  JSON.stringify({ seed, seconds, members, calls, answered, unknown, faults, keys: verdicts, notWhole: troubles.length, waits }),
)
process.exit(verdicts.violation > 0 || troubles.length > 0 ? 1 : 0)
