/**
 * The sides of a divided cluster find each other: the leader of a fork dials every address where members of other sides were,
 * or may be by the configuration, and asks who they are. Where the other side counts more (`givesWay`), its own side is told to
 * join there. A side that kept the quorum never gives way and does not look.
 */

import type { ControlPlane } from '../control/control-plane.js'
import { givesWay, type Lineage, lineageOf } from '../control/fork.js'
import type { Address, Clock, Log, Timer } from '../env/env.js'
import { addressText } from '../link/handshake.js'
import type { Link, LinkReceiver } from '../link/link.js'
import type { Links } from '../link/links.js'
import type { Seeds } from './joining.js'

const lookEveryMs = 2_000
const answerMs = 3_000

export interface HealingOptions {
  readonly address: Address
  readonly clock: Clock
  readonly log: Log
  readonly links: Links
  readonly control: ControlPlane
  readonly seeds: Seeds
}

export class Healing {
  readonly #o: HealingOptions
  readonly #timer: Timer
  #looking = false
  #stopped = false

  constructor(options: HealingOptions) {
    this.#o = options
    this.#timer = options.clock.every(lookEveryMs, () => void this.#look())
  }

  /** What this member says of its side. */
  lineage(): Lineage {
    const { control, clock } = this.#o
    return lineageOf(control.state(), control.leader() !== null && control.leaseUntilMs() > clock.monotonicMs())
  }

  onAsked(reply: Link): void {
    reply.send('lineage', this.lineage())
  }

  async #look(): Promise<void> {
    const { control, seeds, address } = this.#o
    const { fork } = control.state().settings
    if (this.#looking || fork === null || fork.into !== null || !control.isLeader()) return
    this.#looking = true
    const own = new Set(control.state().members.map(m => addressText(m.address)))
    const named = await seeds.candidates(address).catch(() => [])
    const others = new Map([...fork.others, ...named].map(a => [addressText(a), a]))
    const asked = [...others].flatMap(([text, other]) => (own.has(text) ? [] : [other]))
    const answers = await Promise.all(asked.map(async at => ({ at, theirs: await this.#ask(at) })))
    let found: { readonly at: Address; readonly theirs: Lineage } | null = null
    for (const { at, theirs } of answers) {
      if (theirs !== null && givesWay(found?.theirs ?? this.lineage(), theirs)) found = { at, theirs }
    }
    if (found !== null && !this.#stopped) {
      const { at, theirs } = found
      this.#o.log.warn('cluster.givesWay', { to: theirs.clusterId, at: addressText(at), members: theirs.members })
      // without a leader: the next one looks again
      await control.propose([{ type: 'giveWay', into: at }]).catch(() => undefined)
    }
    this.#looking = false
  }

  /** Null: nobody is there, or nobody who knows of sides. */
  async #ask(to: Address): Promise<Lineage | null> {
    const { links, clock } = this.#o
    let hear: (theirs: Lineage | null) => void = () => undefined
    const answer = new Promise<Lineage | null>(resolve => {
      hear = resolve
    })
    const receiver: LinkReceiver = {
      onMessage: (_, any) => hear(any.name === 'lineage' ? any.message : null),
      onClose: () => hear(null),
    }
    const found = await links.greet(to, null, receiver, '').catch(() => null)
    if (found === null) return null
    const timer = clock.after(answerMs, () => hear(null))
    found.link.send('lineage', this.lineage())
    const theirs = await answer
    timer.cancel()
    found.link.close('the conversation is over')
    return theirs
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }
}
