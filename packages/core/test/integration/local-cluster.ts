/** Members in this process, over the real network: for what needs no process of its own to be seen. */

import type { Member } from '../../src/api/member.js'
import { Cobnut } from '../../src/cobnut.js'
import type { MapInput } from '../../src/config/index.js'
import type { LogLine } from '../../src/node/node-log.js'
import { until } from './test-cluster.js'

export interface LocalOptions {
  readonly maps?: Readonly<Record<string, MapInput>>
  readonly properties?: Readonly<Record<string, string>>
}

export class LocalCluster {
  readonly members: Member[] = []
  /** Of all members, in order. */
  readonly log: LogLine[] = []
  readonly #options: LocalOptions

  constructor(options: LocalOptions) {
    this.#options = options
  }

  async add(maps = this.#options.maps ?? {}): Promise<Member> {
    const seeds = this.members.map(({ address }) => `${address.host}:${address.port}`)
    const tcpIp = { enabled: true, members: seeds }
    const network = { port: 0, join: { autoDetection: { enabled: false }, multicast: { enabled: false }, tcpIp } }
    const properties = { 'hazelcast.partition.count': '13', 'cobnut.join.window.millis': '0', ...this.#options.properties }
    const member = await Cobnut.start(
      { clusterName: 'local', network, properties, maps },
      { logSink: line => void this.log.push(line) },
    )
    this.members.push(member)
    return member
  }

  /** Every member says that no copy is missing, and knows the others. */
  async settled(): Promise<void> {
    await until('every copy', () => this.members.every(m => m.isSafe() && m.members().length === this.members.length))
  }
}

/** So many members for as long as `run` takes. */
export async function usingLocal(
  count: number,
  options: LocalOptions,
  run: (cluster: LocalCluster) => Promise<void>,
): Promise<void> {
  const cluster = new LocalCluster(options)
  try {
    for (let i = 0; i < count; i++) await cluster.add()
    await cluster.settled()
    await run(cluster)
  } finally {
    await Promise.all(cluster.members.map(member => member.terminate()))
  }
}
