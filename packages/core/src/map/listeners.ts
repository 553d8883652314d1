/**
 * Entry listeners. A member tells all others which maps its listeners are interested in; an owner sends each committed
 * change once to every interested member, and there it goes to the listeners it fits. Events of one key come from one
 * owner over one connection, so they come in order.
 */

import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'
import type { Log } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { equalBytes } from '../storage/bytes.js'
import { type Data, type DataEntryEvent, type DataListener, eventType } from './data-map.js'

interface Waiting {
  readonly missing: Set<MemberId>
  readonly done: () => void
}

export class Listeners {
  readonly #self: MemberId
  readonly #links: Links
  readonly #random: Prng
  readonly #log: Log
  /** Of this member, by map. */
  readonly #local = new Map<string, Map<string, DataListener>>()
  /** What other members want to hear: map -> member -> with values. */
  readonly #remote = new Map<string, Map<MemberId, boolean>>()
  readonly #waiting = new Map<number, Waiting>()
  #requests = 0
  readonly #members: () => readonly { readonly id: MemberId }[]

  constructor(self: MemberId, links: Links, random: Prng, log: Log, members: () => readonly { readonly id: MemberId }[]) {
    this.#self = self
    this.#links = links
    this.#random = random
    this.#log = log
    this.#members = members
  }

  /** Resolves when every member of the cluster knows of the interest, so that no later change is missed. */
  async add(map: string, listener: DataListener): Promise<string> {
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

  async remove(map: string, id: string): Promise<boolean> {
    const listeners = this.#local.get(map)
    if (!listeners?.delete(id)) return false
    if (listeners.size === 0) this.#local.delete(map)
    await this.#tellAll()
    return true
  }

  #tellAll(): Promise<void> {
    const others = this.#members().filter(m => m.id !== this.#self)
    if (others.length === 0) return Promise.resolve()
    const request = ++this.#requests
    return new Promise(done => {
      this.#waiting.set(request, { missing: new Set(others.map(m => m.id)), done })
      for (const { id } of others) this.#tell(id, request)
    })
  }

  #tell(to: MemberId, request: number): void {
    const interests = [...this.#local].map(([map, listeners]) => ({
      map,
      values: [...listeners.values()].some(l => l.includeValue),
    }))
    this.#links.send(to, 'interest', { request, interests })
  }

  /** A member that has just been reached may not have heard what this member wants. */
  onLinkUp(member: MemberId): void {
    if (this.#local.size > 0 || this.#waiting.size > 0) this.#tell(member, this.#requests)
  }

  onMembersChange(): void {
    const here = new Set(this.#members().map(m => m.id))
    for (const members of this.#remote.values()) for (const id of members.keys()) if (!here.has(id)) members.delete(id)
    for (const [request, waiting] of this.#waiting) {
      for (const id of waiting.missing) if (!here.has(id)) waiting.missing.delete(id)
      this.#finishIfDone(request, waiting)
    }
  }

  onInterest(from: MemberId, m: MemberMessage<'interest'>): void {
    for (const members of this.#remote.values()) members.delete(from)
    for (const { map, values } of m.interests) {
      let members = this.#remote.get(map)
      if (members === undefined) {
        members = new Map()
        this.#remote.set(map, members)
      }
      members.set(from, values)
    }
    this.#links.send(from, 'interestKnown', { request: m.request })
  }

  /** Each list is the whole of what a member wants, so knowing a later one is knowing the earlier ones. */
  onInterestKnown(from: MemberId, m: MemberMessage<'interestKnown'>): void {
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

  wanted(map: string): boolean {
    return this.#local.has(map) || (this.#remote.get(map)?.size ?? 0) > 0
  }

  /** At the member where it happened. */
  publish(map: string, event: DataEntryEvent): void {
    this.#deliver(map, event)
    for (const [member, values] of this.#remote.get(map) ?? []) {
      this.#links.send(member, 'event', {
        map,
        type: event.type,
        key: event.key,
        value: values ? event.value : null,
        oldValue: values ? event.oldValue : null,
        affected: event.affected,
      })
    }
  }

  onEvent(from: MemberId, m: MemberMessage<'event'>): void {
    if (!this.#local.has(m.map)) return
    const copy = (bytes: Data | null): Data | null => bytes?.slice() ?? null
    const { type, affected } = m
    this.#deliver(m.map, { type, key: copy(m.key), value: copy(m.value), oldValue: copy(m.oldValue), memberId: from, affected })
  }

  #deliver(map: string, event: DataEntryEvent): void {
    const wholeMap = event.type === eventType.cleared || event.type === eventType.allEvicted
    for (const listener of this.#local.get(map)?.values() ?? []) {
      if ((listener.flags & event.type) === 0) continue
      if (listener.local && event.memberId !== this.#self) continue
      if (!wholeMap && listener.key !== null && !(event.key !== null && equalBytes(listener.key, event.key))) continue
      try {
        listener.onEvent(listener.includeValue ? event : { ...event, value: null, oldValue: null })
      } catch (error) {
        // a listener is the user's code: what it throws must not stop replication
        this.#log.error('listener.threw', { map, error: String(error) })
      }
    }
  }
}
