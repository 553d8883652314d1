/**
 * Entry listeners. A member tells all others which maps its listeners are interested in; an owner sends each committed
 * change once to every interested member, and there it goes to the listeners it fits. Events of one key come from one
 * owner over one connection, so they come in order.
 *
 * What a member wants is told to each other one until that one has confirmed it: a member that has just joined may not be
 * able to hear it yet, and one that was away may have been told in vain.
 */

import type { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'
import { callUser } from '../base/user-call.js'
import { type MemberRecord, sessionOf } from '../control/cluster-state.js'
import type { Clock, Log, Timer } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { equalBytes } from '../storage/bytes.js'
import { type Data, type DataEntryEvent, type DataListener, eventType } from './data-map.js'

const tellAgainMs = 250
/** What a member wants is kept for so long after it has left the cluster: it may be back before this member knows. */
const keptWithoutMemberMs = 60_000

/** A listener with its condition made ready. */
export interface LocalListener extends Omit<DataListener, 'where'> {
  /** Null = every event of an entry. */
  readonly wants: ((event: DataEntryEvent) => boolean) | null
}

/** What a member wants to hear of a map. */
interface Interest {
  readonly values: boolean
  /** Bit mask of `eventType`. */
  readonly types: number
}

interface Waiting {
  readonly missing: Set<MemberId>
  readonly done: () => void
  readonly fail: (error: CobnutError) => void
}

export class Listeners {
  readonly #self: MemberId
  readonly #links: Links
  readonly #random: Prng
  readonly #log: Log
  /** Of this member, by map. */
  readonly #local = new Map<string, Map<string, LocalListener>>()
  /** What other members want to hear: map -> member -> what. */
  readonly #remote = new Map<string, Map<MemberId, Interest>>()
  readonly #waiting = new Map<number, Waiting>()
  /** Rises with each change of what this member wants; 0 = it never wanted anything. */
  #requests = 0
  /** The newest request that a member has confirmed. */
  readonly #knownBy = new Map<MemberId, number>()
  /** Since when members in `#remote` are in the cluster no more. */
  readonly #absentSinceMs = new Map<MemberId, number>()
  #session = ''
  /** Nobody answers any more. */
  #closedBy: CobnutError | null = null
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #members: () => readonly MemberRecord[]

  constructor(
    self: MemberId,
    links: Links,
    env: { readonly clock: Clock; readonly random: Prng; readonly log: Log },
    members: () => readonly MemberRecord[],
  ) {
    this.#self = self
    this.#links = links
    this.#clock = env.clock
    this.#random = env.random
    this.#log = env.log
    this.#members = members
    this.#timer = env.clock.every(tellAgainMs, () => this.#tick())
  }

  close(error: CobnutError): void {
    this.#timer.cancel()
    this.#closedBy = error
    for (const { fail } of this.#waiting.values()) fail(error)
    this.#waiting.clear()
  }

  /** Resolves when every member of the cluster knows of the interest, so that no later change is missed. */
  async add(map: string, listener: LocalListener): Promise<string> {
    const id = this.#random.uuid()
    let listeners = this.#local.get(map)
    if (listeners === undefined) {
      listeners = new Map()
      this.#local.set(map, listeners)
    }
    listeners.set(id, listener)
    await this.#tellAll()
    return id
  }

  /** Those of another incarnation of this member, which is closed. */
  take(before: Listeners): void {
    for (const [map, listeners] of before.#local) this.#local.set(map, new Map([...(this.#local.get(map) ?? []), ...listeners]))
    // whoever is closed before all have heard is taken over in turn
    if (before.#local.size > 0) this.#tellAll().catch(() => {})
  }

  async remove(map: string, id: string): Promise<boolean> {
    const listeners = this.#local.get(map)
    if (!listeners?.delete(id)) return false
    if (listeners.size === 0) this.#local.delete(map)
    await this.#tellAll()
    return true
  }

  #tellAll(): Promise<void> {
    if (this.#closedBy !== null) return Promise.reject(this.#closedBy)
    const others = this.#members().filter(m => m.id !== this.#self)
    const request = ++this.#requests
    if (others.length === 0) return Promise.resolve()
    return new Promise((done, fail) => {
      this.#waiting.set(request, { missing: new Set(others.map(m => m.id)), done, fail })
      this.#tellThoseWhoMiss()
    })
  }

  #tellThoseWhoMiss(): void {
    for (const { id } of this.#members()) if (id !== this.#self) this.#tellIfMissing(id)
  }

  #tellIfMissing(member: MemberId): void {
    if ((this.#knownBy.get(member) ?? 0) < this.#requests) this.#tell(member, this.#requests)
  }

  #tell(to: MemberId, request: number): void {
    const interests = [...this.#local].map(([map, listeners]) => ({
      map,
      values: [...listeners.values()].some(l => l.includeValue || l.wants !== null),
      // what happens at others concerns only those who do not hear it there
      types: [...listeners.values()].reduce((types, l) => (l.local ? types : types | l.flags), 0),
    }))
    this.#links.send(to, 'interest', { request, interests })
  }

  /** A member that has just been reached may not have heard what this member wants. */
  onLinkUp(member: MemberId): void {
    this.#tellIfMissing(member)
  }

  #tick(): void {
    this.#tellThoseWhoMiss()
    const now = this.#clock.monotonicMs()
    for (const [member, sinceMs] of this.#absentSinceMs) if (now - sinceMs > keptWithoutMemberMs) this.#forget(member)
  }

  #forget(member: MemberId): void {
    this.#absentSinceMs.delete(member)
    this.#dropInterests(member)
  }

  #dropInterests(member: MemberId): void {
    for (const [map, members] of this.#remote) {
      members.delete(member)
      if (members.size === 0) this.#remote.delete(map)
    }
  }

  onMembersChange(): void {
    const members = this.#members()
    const here = new Set(members.map(m => m.id))
    for (const id of this.#knownBy.keys()) if (!here.has(id)) this.#knownBy.delete(id)
    const own = members.find(m => m.id === this.#self)
    const session = own === undefined ? '' : sessionOf(own)
    // whoever saw this member go may have forgotten what it wants
    if (session !== this.#session) this.#knownBy.clear()
    this.#session = session
    this.#noteAbsent(here)
    this.#tellThoseWhoMiss()
    for (const [request, waiting] of this.#waiting) {
      for (const id of waiting.missing) if (!here.has(id)) waiting.missing.delete(id)
      this.#finishIfDone(request, waiting)
    }
  }

  #noteAbsent(here: ReadonlySet<MemberId>): void {
    for (const id of here) this.#absentSinceMs.delete(id)
    for (const interested of this.#remote.values()) {
      for (const id of interested.keys())
        if (!here.has(id) && !this.#absentSinceMs.has(id)) this.#absentSinceMs.set(id, this.#clock.monotonicMs())
    }
  }

  onInterest(from: MemberId, m: MemberMessage<'interest'>): void {
    this.#dropInterests(from)
    for (const { map, ...interest } of m.interests) {
      let members = this.#remote.get(map)
      if (members === undefined) {
        members = new Map()
        this.#remote.set(map, members)
      }
      members.set(from, interest)
    }
    this.#links.send(from, 'interestKnown', { request: m.request })
  }

  /** Each list is the whole of what a member wants, so knowing a later one is knowing the earlier ones. */
  onInterestKnown(from: MemberId, m: MemberMessage<'interestKnown'>): void {
    this.#knownBy.set(from, Math.max(m.request, this.#knownBy.get(from) ?? 0))
    for (const [request, waiting] of this.#waiting) {
      if (request > m.request) continue
      waiting.missing.delete(from)
      this.#finishIfDone(request, waiting)
    }
  }

  #finishIfDone(request: number, waiting: Waiting): void {
    if (waiting.missing.size > 0) return
    this.#waiting.delete(request)
    waiting.done()
  }

  /** @param types bit mask of `eventType`. */
  wanted(map: string, types: number): boolean {
    for (const { flags } of this.#local.get(map)?.values() ?? []) if ((flags & types) !== 0) return true
    for (const interest of this.#remote.get(map)?.values() ?? []) if ((interest.types & types) !== 0) return true
    return false
  }

  /** At the member where it happened. */
  publish(map: string, event: DataEntryEvent): void {
    this.#deliver(map, event)
    for (const [member, { values, types }] of this.#remote.get(map) ?? []) {
      if ((types & event.type) === 0) continue
      this.#links.send(member, 'event', {
        map,
        type: event.type,
        key: event.key,
        value: values ? event.value : null,
        oldValue: values ? event.oldValue : null,
        affected: event.affected,
        invalidation: event.invalidation ?? null,
      })
    }
  }

  onEvent(from: MemberId, m: MemberMessage<'event'>): void {
    if (!this.#local.has(m.map)) return
    const copy = (bytes: Data | null): Data | null => bytes?.slice() ?? null
    const { type, affected, invalidation } = m
    const [key, value, oldValue] = [copy(m.key), copy(m.value), copy(m.oldValue)]
    const event = { type, key, value, oldValue, memberId: from, affected }
    this.#deliver(m.map, invalidation === null ? event : { ...event, invalidation })
  }

  /** Tells listeners here, as if it had happened at a member that this one hears. */
  tellHere(map: string, event: DataEntryEvent): void {
    this.#deliver(map, event)
  }

  /** Maps of which somebody here wants such events of other members. */
  mapsHere(type: number): string[] {
    const wants = (l: LocalListener): boolean => !l.local && (l.flags & type) !== 0
    return [...this.#local].flatMap(([map, listeners]) => ([...listeners.values()].some(wants) ? [map] : []))
  }

  #deliver(map: string, event: DataEntryEvent): void {
    const wholeMap = event.type === eventType.cleared || event.type === eventType.allEvicted
    for (const listener of this.#local.get(map)?.values() ?? []) {
      if ((listener.flags & event.type) === 0) continue
      if (listener.local && event.memberId !== this.#self) continue
      if (!wholeMap && listener.key !== null && !(event.key !== null && equalBytes(listener.key, event.key))) continue
      // a listener is the user's code: what it throws must not stop replication
      callUser(
        () => {
          if (!wholeMap && listener.wants?.(event) === false) return
          return listener.onEvent(listener.includeValue ? event : { ...event, value: null, oldValue: null })
        },
        error => this.#log.error('listener.threw', { map, error: String(error) }),
      )
    }
  }
}
