/** Attacks a real member process until so many frames are dealt with, and judges what it saw. */

import { readFileSync } from 'node:fs'
import { Prng } from '../../src/base/prng.js'
import { TestCluster, type TestMember } from '../integration/test-cluster.js'
import { Attacker, type Tally } from './attacker.js'
import { Bystander } from './bystander.js'
import { readConversation } from './conversation.js'

const ATTACKERS = 6
const WATCH_MS = 200
const CLUSTER_NAME = 'conformance'
/** Few partitions: a call over the whole map is as much work as their number. */
const memberXml = '<properties><property name="hazelcast.partition.count">13</property></properties>'

export interface CampaignOptions {
  readonly frames: number
  readonly seed: number
  /** The member may never be larger. */
  readonly rssBytesMax: number
  onProgress?(progress: Tally & { readonly rssBytes: number }): void
}

export interface Verdict extends Tally {
  readonly bystanderCalls: number
  readonly rssBytesMax: number
  /** By reason, how often the member has ended a connection. */
  readonly closings: Readonly<Record<string, number>>
  /** Empty = the member has stood it. */
  readonly violations: readonly string[]
}

export async function campaign({ frames, seed, rssBytesMax, onProgress }: CampaignOptions): Promise<Verdict> {
  const cluster = await TestCluster.start({ xml: memberXml, members: 1, clusterName: CLUSTER_NAME })
  const member = cluster.members[0] as TestMember
  const watch = new Watch(member, rssBytesMax)
  try {
    const bystander = await Bystander.start(member.port, CLUSTER_NAME)
    const tally: Tally = { frames: 0, messages: 0, connections: 0 }
    const timer = setInterval(() => {
      watch.look()
      onProgress?.({ ...tally, rssBytes: watch.rssBytes })
    }, WATCH_MS)
    const random = new Prng(seed)
    const isOver = (): boolean => tally.frames >= frames || watch.violations.length > 0
    const attack = async (attacker: Attacker): Promise<void> => {
      while (!isOver()) await attacker.attack()
    }
    const conversation = readConversation()
    await Promise.all(
      Array.from({ length: ATTACKERS }, () => attack(new Attacker(member.port, conversation, random.fork(), tally))),
    )
    clearInterval(timer)
    const failures = await bystander.stop()
    watch.look()
    const noticed = failures.map(failure => `the bystander noticed: ${failure}`)
    const { closings } = watch
    return {
      ...tally,
      bystanderCalls: bystander.calls,
      rssBytesMax: watch.rssBytesSeen,
      closings,
      violations: [...watch.violations, ...noticed],
    }
  } finally {
    await cluster.close()
  }
}

/** Memory, life and log of the member. */
class Watch {
  readonly #member: TestMember
  readonly #rssBytesMax: number
  readonly violations: string[] = []
  readonly closings: Record<string, number> = {}
  rssBytes = 0
  rssBytesSeen = 0

  constructor(member: TestMember, rssBytesMax: number) {
    this.#member = member
    this.#rssBytesMax = rssBytesMax
    void member.exited.then(code => this.violations.push(`the member ended with ${code}`))
  }

  look(): void {
    for (const line of this.#member.log.splice(0)) this.#onLine(line)
    this.rssBytes = rssOf(this.#member.child.pid as number)
    this.rssBytesSeen = Math.max(this.rssBytesSeen, this.rssBytes)
    if (this.rssBytes > this.#rssBytesMax) this.violations.push(`the member takes ${this.rssBytes} bytes`)
  }

  #onLine(line: Record<string, unknown>): void {
    const { level, event, reason } = line
    if (level === 'error') this.violations.push(`the member logs ${JSON.stringify(line)}`)
    if (event !== 'client.left') return
    if (typeof reason !== 'string' || reason === '')
      this.violations.push(`a connection ended without a reason: ${JSON.stringify(line)}`)
    const kind = String(reason).replaceAll(/-?\d+/g, 'N').slice(0, 60)
    this.closings[kind] = (this.closings[kind] ?? 0) + 1
  }
}

/** Resident bytes of a process; 0 when it has ended, or where there is no /proc. */
function rssOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
