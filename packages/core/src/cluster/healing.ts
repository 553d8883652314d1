/**
 * The sides of a divided cluster find each other: the leader of a fork dials every address where members of other sides were,
 * or may be by the configuration, and asks who they are. Where the other side counts more (`givesWay`), its own side is told to
 * join there. A side that kept the quorum never gives way and does not look.
 *
 * One that was removed from its own side, and finds nobody of it any more, goes over to another one by itself: its side may have
 * given way without it.
 */

import type { ControlPlane } from '../control/control-plane.js'
import { givesWay, type Lineage, lineageOf, mayTakeIn } from '../control/fork.js'
import type { Address, Clock, Log, Timer } from '../env/env.js'
import { unwaited } from '../env/unwaited.js'
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
  /** How long a member that was removed looks for its own side only. */
  readonly forkAfterMs: number
  readonly goOver: (into: Address) => void
}

interface Found {
  readonly at: Address
  readonly theirs: Lineage
}

export class Healing {
  readonly #o: HealingOptions
  readonly #timer: Timer
  #looking = false
  #belongedMs: number
  #stopped = false

  constructor(options: HealingOptions) {
    this.#o = options
    this.#belongedMs = options.clock.monotonicMs()
    this.#timer = options.clock.every(lookEveryMs, () => unwaited(options.clock, this.#look()))
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
    const { control } = this.#o
    const isAlone = this.#isAlone()
    const { fork } = control.state().settings
    const mayGiveWay = fork !== null && fork.into === null && control.isLeader()
    if (this.#looking || !(isAlone || mayGiveWay)) return
    this.#looking = true
    const { clusterId } = this.lineage()
    const isHome = (side: Lineage): boolean => side.clusterId === clusterId
    const found = await this.#find(
      (theirs, best) => givesWay(best, theirs) || (isAlone && isHome(best) && mayTakeIn(theirs, best)),
    )
    this.#looking = false
    if (found === null || this.#stopped || (isAlone && control.isMember())) return
    const { at, theirs } = found
    this.#o.log.warn('cluster.givesWay', { to: theirs.clusterId, at: addressText(at), members: theirs.members })
    if (isAlone) this.#o.goOver(at)
    // without a leader: the next one looks again
    else await control.propose([{ type: 'giveWay', into: at }]).catch(() => undefined)
  }

  #isAlone(): boolean {
    const { control, clock, forkAfterMs } = this.#o
    const now = clock.monotonicMs()
    if (control.isMember() || control.leaseUntilMs() > now) this.#belongedMs = now
    return now - this.#belongedMs > forkAfterMs
  }

  /** The side that counts most, of those that are better than this one. */
  async #find(isBetter: (theirs: Lineage, best: Lineage) => boolean): Promise<Found | null> {
    const { control, seeds, address } = this.#o
    const { members, settings } = control.state()
    const known = members.map(m => m.address)
    const named = await seeds.candidates(address).catch(() => [])
    const all = new Map([...(settings.fork?.others ?? []), ...known, ...named].map(a => [addressText(a), a]))
    // of one that was removed, the others of its side may be on another one by now
    for (const own of control.isMember() ? known : [address]) all.delete(addressText(own))
    const asked = [...all.values()]
    const answers = await Promise.all(asked.map(async at => ({ at, theirs: await this.#ask(at) })))
    let found: Found | null = null
    for (const { at, theirs } of answers) {
      if (theirs !== null && isBetter(theirs, found?.theirs ?? this.lineage())) found = { at, theirs }
    }
    return found
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
