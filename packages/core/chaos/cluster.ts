/** The members of a chaos run, each a process behind its proxy, and the seats they sit on. */

import { createServer } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Links } from './link-proxy.js'
import type { MemberSettings } from './member-program.js'
import type { Look } from './messages.js'
import { Worker } from './worker.js'

const memberProgram = fileURLToPath(new URL('./member-program.js', import.meta.url))
/** A cluster that is not whole after so long will not become so. */
const wholeLimitMs = 60_000
const lookEachMs = 25

export interface ClusterOptions {
  readonly members: number
  /** The user's configuration; null = none. */
  readonly file: string | null
  readonly backupCount: number
  readonly map: string
  /** Directory for what members log; null = it is not kept. */
  readonly logs: string | null
  /** What is wrong with every member on purpose, or `exits`, with the first: see `plants.ts`. */
  readonly plant: string | null
}

export interface Seat {
  readonly index: number
  /** Null: nobody sits there. */
  worker: Worker | null
}

export class ChaosCluster {
  /** One more than there are members: for one that joins. */
  readonly seats: readonly Seat[]
  readonly links: Links
  readonly #options: ClusterOptions
  readonly #ports: readonly number[]

  private constructor(options: ClusterOptions, ports: readonly number[], links: Links) {
    this.#options = options
    this.#ports = ports
    this.links = links
    this.seats = ports.map((_, index) => ({ index, worker: null }))
  }

  static async start(options: ClusterOptions): Promise<ChaosCluster> {
    const ports = await freePorts(options.members + 1)
    const cluster = new ChaosCluster(options, ports, await Links.open(ports))
    try {
      await Promise.all(cluster.seats.slice(0, options.members).map(seat => cluster.seat(seat)))
      await cluster.whole()
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  get addresses(): string[] {
    return this.links.ports.map(port => `127.0.0.1:${port}`)
  }

  get running(): Seat[] {
    return this.seats.filter(({ worker }) => worker?.isRunning === true)
  }

  get clusterName(): string {
    return this.running[0]?.worker?.clusterName ?? ''
  }

  /** Of the map that is used. */
  get backupCount(): number {
    return this.running[0]?.worker?.backupCount ?? 0
  }

  /** Starts a new member on a seat; resolves when it serves. */
  async seat(seat: Seat): Promise<void> {
    const { file, backupCount, map, logs, plant } = this.#options
    const own = this.addresses[seat.index] as string
    const others = this.addresses.filter(address => address !== own)
    const port = this.#ports[seat.index] as number
    const settings: MemberSettings = {
      file,
      backupCount,
      map,
      port,
      addresses: [own, ...others],
      logs,
      plant: seat.index === 0 || plant !== 'exits' ? plant : null,
    }
    seat.worker = new Worker(memberProgram, settings)
    await seat.worker.started
  }

  async leave(seat: Seat): Promise<void> {
    const { worker } = seat
    await worker?.leave().finally(() => {
      seat.worker = null
    })
  }

  async kill(seat: Seat): Promise<void> {
    await seat.worker?.kill()
    seat.worker = null
  }

  /**
   * Every member knows all others and says that no copy is missing. Rejects with what they said last, and where a member has ended
   * that was not told to: another one then sits in its place.
   */
  async whole(): Promise<void> {
    const deadlineMs = performance.now() + wholeLimitMs
    for (;;) {
      await this.#replaceEnded()
      const workers = this.running.map(({ worker }) => worker as Worker)
      const looks = (await Promise.all(workers.map(worker => worker.ask({ type: 'look' }).catch(() => null)))) as (Look | null)[]
      const version = looks[0]?.stateVersion
      const isWhole = looks.every(look => look?.safe && look.stateVersion === version && look.members === workers.length)
      if (isWhole && workers.length > 0) return
      if (performance.now() > deadlineMs) throw new Error(`not whole after ${wholeLimitMs} ms: ${JSON.stringify(looks)}`)
      await sleep(lookEachMs)
    }
  }

  async #replaceEnded(): Promise<void> {
    const ended = this.seats.filter(({ worker }) => worker !== null && worker.endedBy !== null)
    if (ended.length === 0) return
    const texts = ended.map(({ index, worker }) => {
      const port = this.#ports[index]
      const { logs } = this.#options
      return `the member at port ${port} ended by itself, ${worker?.endedBy}${logs === null ? '' : `: ${logs}/${port}-${worker?.pid}.log`}`
    })
    const seated = await Promise.allSettled(ended.map(seat => this.seat(seat)))
    for (const one of seated) if (one.status === 'rejected') texts.push(`the one after it: ${String(one.reason)}`)
    throw new Error(texts.join('; '))
  }

  async close(): Promise<void> {
    await Promise.all(this.seats.map(seat => this.kill(seat)))
    await this.links.close()
  }
}

/** Held all at once, so that they differ; between finding and using one another program may take it. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const listening = servers.map(server => {
    return new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
  })
  const ports = await Promise.all(listening)
  await Promise.all(servers.map(server => new Promise(done => server.close(done))))
  return ports
}
