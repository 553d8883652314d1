/** `npm start`: a dev cluster with a real data set in it, either to play with or to prove, once, that nothing is lost. */

import { onTerminationSignals } from 'cobnut'
import { addressText, defaultAddress } from '../address.js'
import { DevCluster } from '../dev-cluster.js'
import { DevSession } from '../dev-session.js'
import { exitCode, exitCodeOfSignal } from '../exit.js'
import { count } from '../format.js'
import type { Terminal } from '../terminal.js'
import { writeLine } from '../terminal.js'
import { load } from './data-set.js'
import type { ConnectDemoClient, DemoRecord } from './demo-client.js'
import { progressLine, sparingly } from './progress.js'
import { isProven, prove } from './proof.js'

export interface Demonstration {
  readonly map: string
  readonly records: readonly DemoRecord[]
  readonly connect: ConnectDemoClient
  readonly clusterName: string
  /** As for `cobnut dev`. */
  readonly port: number
  readonly terminal: Terminal
}

const members = 3
const liveProgressMs = 250
const writtenProgressMs = 2_000

/** Resolves with the exit code when a signal came or all members are gone. */
export async function demonstrate({ map, records, connect, clusterName, port, terminal }: Demonstration): Promise<number> {
  const session = new DevSession(terminal)
  try {
    const cluster = await session.start({ members, port, clusterName })
    if (session.isStopping) return exitCode.ok
    const addresses = cluster.members.map(({ address }) => address)
    const client = await connect(addresses, clusterName)
    const say = (done: number, elapsedMs: number): void =>
      session.hint([progressLine(`loading ${map}`, done, records.length, elapsedMs)])
    const loaded = load(
      client,
      map,
      records,
      sparingly(terminal.isLive ? liveProgressMs : writtenProgressMs, records.length, say),
    )
    const ended = await Promise.race([loaded.then(() => null), session.untilEnd()])
    // whatever is still under way fails now, and nobody asks how
    loaded.catch(() => {})
    void client.close().catch(() => {})
    if (ended !== null) return ended
    session.reporter.event({ event: 'demo.loaded', map, entries: records.length })
    session.hint(howToConnect(map, records, clusterName, addresses))
    return await session.untilEnd()
  } finally {
    await session.close()
  }
}

function howToConnect(map: string, records: readonly DemoRecord[], clusterName: string, addresses: readonly string[]): string[] {
  const [address] = addresses as [string]
  const at = address === addressText(defaultAddress) ? '' : ` --address ${address}`
  return [
    `${count(records.length)} records are in the map '${map}'. In another terminal:`,
    `  npx cobnut map get ${map} ${records[0]?.key}${at}`,
    `  npx cobnut status${at}`,
    '  kill -9 PID       (of any one member: nothing is lost)',
    'Any Hazelcast client can connect, for example from Node.js:',
    `  await Client.newHazelcastClient({ clusterName: '${clusterName}',`,
    `    network: { clusterMembers: ['${address}'] } })`,
    'Ctrl-C stops all members.',
  ]
}

/** One JSON line on stdout; the way there on stderr. Resolves with the exit code. */
export async function proveOnce({ map, records, connect, clusterName, terminal }: Demonstration): Promise<number> {
  const { out, err } = terminal
  const startMs = performance.now()
  const say = (text: string): void =>
    writeLine(err, `${((performance.now() - startMs) / 1000).toFixed(1).padStart(6)} s  ${text}`)
  say(`starting ${members} members`)
  const cluster = await DevCluster.spawn({ members, port: 0, clusterName })
  const offSignals = onTerminationSignals({
    // the members are only here for the proof: leaving in order would serve nobody
    gracefully: signal => stopAtOnce(cluster, exitCodeOfSignal(signal)),
    atOnce: signal => stopAtOnce(cluster, exitCodeOfSignal(signal)),
  })
  try {
    await cluster.started()
    let onProgress = (_done: number): void => {}
    const onStep = (text: string): void => {
      say(text)
      onProgress = sparingly(writtenProgressMs, records.length, (done, elapsedMs) =>
        say(progressLine('', done, records.length, elapsedMs).trim()),
      )
    }
    const proof = await prove({ cluster, connect, clusterName, map, records, onStep, onProgress: done => onProgress(done) })
    writeLine(out, JSON.stringify(proof))
    return isProven(proof, records.length) ? exitCode.ok : exitCode.failure
  } finally {
    cluster.killAll()
    await cluster.stop()
    offSignals()
  }
}

function stopAtOnce(cluster: DevCluster, code: number): void {
  cluster.killAll()
  process.exit(code)
}
