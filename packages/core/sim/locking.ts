/**
 * Clients that lock and unlock. Promised are: no two hold a key at once, as far as unlocking proves that it was held; tokens
 * rise; a lock is not lost while its member is a member; and when everybody is done, no key is locked for nobody.
 */

import { isCobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Env } from '../src/env/env.js'
import { pause } from '../src/env/pause.js'
import type { Violation } from './checkers.js'
import type { Cluster } from './cluster.js'
import { Residents } from './residents.js'
import type { RegisterMap, SubjectMember } from './subject.js'

/** How long a client waits before it asks again. */
const AGAIN_MS = 40
const VIOLATIONS_MAX = 3

export interface LockingOptions {
  readonly map: string
  readonly clients: number
  readonly keys: number
  /** Mean time for which a lock is held. */
  readonly holdMs: number
  /** Nothing that goes wrong gets a living member counted out: no lock without a lease is lost. */
  readonly keepsMembers: boolean
}

/** One lock, from its grant on. Orders count all that clients ask and hear. */
interface Hold {
  readonly key: string
  readonly client: string
  readonly token: number
  readonly asked: number
  readonly granted: number
  readonly leased: boolean
  /** When unlocking was first asked for; null = it never was. */
  unlocking: number | null
  /** Unlocked as its holder: so it was held all the time. */
  wasHeld: boolean
  /** By the first answer to unlocking, it was not held any more. */
  wasLost: boolean
}

export class Locking {
  readonly #cluster: Cluster
  readonly #random: Prng
  readonly #options: LockingOptions
  readonly #holds: Hold[] = []
  readonly #unexpected: string[] = []
  readonly #residents: Residents
  #order = 0

  constructor(cluster: Cluster, random: Prng, options: LockingOptions) {
    this.#cluster = cluster
    this.#random = random
    this.#options = options
    this.#residents = new Residents(cluster, random)
  }

  start(): void {
    for (let i = 1; i <= this.#options.clients; i++) {
      this.#residents.add((env, member, setBusy) => this.#live(i, env, member, setBusy))
    }
  }

  stop(): void {
    this.#residents.stop()
  }

  /** Clients of members that live, between asking for a lock and having given it back. */
  get underWay(): number {
    return this.#residents.busy
  }

  get keys(): string[] {
    return Array.from({ length: this.#options.clients === 0 ? 0 : this.#options.keys }, (_, i) => `lock-${i}`)
  }

  async #live(threadId: number, env: Env, member: SubjectMember, setBusy: (is: boolean) => void): Promise<void> {
    while (!this.#residents.isStopped && member.state() === 'running') {
      setBusy(true)
      await this.#lockOnce(env, member, threadId)
      setBusy(false)
      // who pauses in a member that has stopped would be taken for something that it has left
      if (member.state() === 'running') await pause(env.clock, 2 * this.#random.float() * this.#options.holdMs)
    }
  }

  async #lockOnce(env: Env, member: SubjectMember, threadId: number): Promise<void> {
    const map = member.map(this.#options.map)
    const key = this.#random.pick(this.keys)
    const asked = ++this.#order
    const leased = this.#random.chance(1, 6)
    const token = await this.#lock(map, key, threadId, leased)
    if (token === null) return
    const granted = ++this.#order
    const client = `${member.id} ${threadId}`
    const hold: Hold = { key, client, token, asked, granted, leased, unlocking: null, wasHeld: false, wasLost: false }
    this.#holds.push(hold)
    await pause(env.clock, 2 * this.#random.float() * this.#options.holdMs)
    hold.unlocking = ++this.#order
    for (let attempt = 1; member.state() !== 'stopped'; attempt++) {
      try {
        await map.unlock(key, { threadId })
        hold.wasHeld = attempt === 1
        return
      } catch (error) {
        if (isCobnutError(error, 'NOT_LOCK_OWNER')) {
          hold.wasLost = attempt === 1 && member.state() === 'running' && !this.#wasSeenOff(member)
          return
        }
        this.#notice(error)
        await pause(env.clock, AGAIN_MS)
      }
    }
  }

  /** A member that is cut off is counted out sometimes, even by faults that are over at once, and its locks with it. */
  #wasSeenOff({ id }: SubjectMember): boolean {
    return this.#cluster.running().some(seat => seat.member!.hasSeenOff(id))
  }

  /** Null = not granted. */
  async #lock(map: RegisterMap, key: string, threadId: number, leased: boolean): Promise<number | null> {
    const { holdMs } = this.#options
    const lease = leased ? { leaseMs: Math.ceil(holdMs) } : {}
    const patience = this.#random.pick([0, holdMs, 20 * holdMs])
    try {
      if (this.#random.chance(1, 3)) return await map.tryLock(key, { threadId, waitMs: patience, ...lease })
      return await map.lock(key, { threadId, ...lease, ...(patience === 0 ? {} : { timeoutMs: patience }) })
    } catch (error) {
      this.#notice(error)
      return null
    }
  }

  #notice(error: unknown): void {
    if (!isCobnutError(error)) this.#unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  /** Keys that some member still takes to be locked, or cannot tell. */
  async locked(): Promise<string[]> {
    const seat = this.#cluster.running()[0]
    if (seat === undefined) return []
    const isLocked = (key: string): Promise<boolean> => seat.member!.map(this.#options.map).isLocked(key)
    const answers = await this.#cluster.world.settle(
      seat.host.start(() => Promise.all(this.keys.map(key => isLocked(key).catch(() => true)))),
      60_000,
    )
    return this.keys.filter((_, i) => answers[i])
  }

  check(): Violation[] {
    const texts = [...this.#unexpected]
    for (const key of this.keys) texts.push(...this.#checkKey(this.#holds.filter(hold => hold.key === key)))
    return texts.slice(0, VIOLATIONS_MAX).map(text => ({ promise: 'locks', text }))
  }

  #checkKey(holds: readonly Hold[]): string[] {
    const texts: string[] = []
    let newest: Hold | null = null
    for (const hold of [...holds].sort((a, b) => a.asked - b.asked)) {
      // whoever locks again what it holds, as after a call that it gave up, keeps its token
      newest = newestOf(holds, hold.asked)
      const isOld = newest !== null && (newest.client === hold.client ? hold.token < newest.token : hold.token <= newest.token)
      if (isOld && newest !== null) texts.push(`tokens of ${hold.key} do not rise: ${textOf(newest)}, then ${textOf(hold)}`)
      if (hold.wasLost && !hold.leased && this.#options.keepsMembers) texts.push(`a lock was lost: ${textOf(hold)}`)
    }
    for (const one of holds) {
      for (const other of holds) {
        const isInside = one.wasHeld && other.client !== one.client && other.token > one.token
        if (isInside && other.granted < (one.unlocking ?? 0)) texts.push(`two hold at once: ${textOf(one)} and ${textOf(other)}`)
      }
    }
    return texts
  }
}

/** The largest token that was granted before this order. */
function newestOf(holds: readonly Hold[], order: number): Hold | null {
  let newest: Hold | null = null
  for (const hold of holds) if (hold.granted < order && hold.token > (newest?.token ?? 0)) newest = hold
  return newest
}

const textOf = ({ key, client, token, asked, granted, unlocking, leased }: Hold): string =>
  `${key} by ${client} with ${token}${leased ? ' (leased)' : ''}, asked ${asked}, granted ${granted}, unlocked ${unlocking ?? '-'}`
