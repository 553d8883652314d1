/**
 * For whom locks are held, and who of them is gone. A member is gone when it is off the member list. A client is gone when
 * no member has had a connection of it for a while: members tell each other which clients they have, all of them when a
 * link comes up or when they are asked, then what changes, ahead of anything they ask for those clients on the same link.
 *
 * Whoever has not heard from every member cannot say that a client is gone, and keeps its locks.
 */

import type { MemberId } from '../base/ids.js'
import { type MemberRecord, sessionOf } from '../control/cluster-state.js'
import type { Clock } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'

/** A member that has not told its clients is asked so often. */
const askAgainMs = 500
/** After so long without a question, nobody holds a lock for that client any more. */
const forgottenMs = 60_000

export interface LockHoldersOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly links: Links
  readonly members: () => readonly MemberRecord[]
  /** A client may come back so long after its last connection closed, at any member, and still has its locks. */
  readonly clientCleanupTimeoutMs: number
}

interface Missing {
  readonly sinceMs: number
  askedMs: number
}

export class LockHolders {
  readonly #o: LockHoldersOptions
  /** Connections of each client to this member. */
  readonly #here = new Map<string, number>()
  readonly #there = new Map<MemberId, Set<string>>()
  readonly #missing = new Map<string, Missing>()
  readonly #askedAtMs = new Map<MemberId, number>()
  /** This member's own application has locked something since the start. */
  isUsedHere = false

  constructor(options: LockHoldersOptions) {
    this.#o = options
  }

  /** What this member's own application holds its locks for. */
  get endpointHere(): string {
    const { self, members } = this.#o
    return sessionOf(members().find(m => m.id === self) ?? { id: self, admittedAt: 0 })
  }

  onClientCame(client: string): void {
    const count = this.#here.get(client) ?? 0
    this.#here.set(client, count + 1)
    if (count === 0) this.#tellAll({ all: false, here: [client], gone: [] })
  }

  onClientLeft(client: string): void {
    const count = this.#here.get(client) ?? 0
    if (count > 1) this.#here.set(client, count - 1)
    else if (this.#here.delete(client)) this.#tellAll({ all: false, here: [], gone: [client] })
  }

  #tellAll(message: MemberMessage<'clients'>): void {
    for (const { id } of this.#o.members()) if (id !== this.#o.self) this.#o.links.send(id, 'clients', message)
  }

  onLinkUp(member: MemberId): void {
    this.#o.links.send(member, 'clients', { all: true, here: [...this.#here.keys()], gone: [] })
  }

  onClients(from: MemberId, { all, here, gone }: MemberMessage<'clients'>): void {
    const known = all ? new Set<string>() : this.#there.get(from)
    // without the whole list before it, a change says nothing of the others
    if (known === undefined) return
    this.#there.set(from, known)
    for (const client of here) known.add(client)
    for (const client of gone) known.delete(client)
  }

  onMembersChange(): void {
    const members = new Set(this.#o.members().map(m => m.id))
    for (const id of this.#there.keys()) if (!members.has(id)) this.#there.delete(id)
    for (const id of this.#askedAtMs.keys()) if (!members.has(id)) this.#askedAtMs.delete(id)
  }

  /** Asked again and again of everybody who holds a lock. */
  isGone(endpoint: string): boolean {
    const members = this.#o.members()
    if (endpoint.includes('/')) return !members.some(m => sessionOf(m) === endpoint)
    if (this.#isConnected(endpoint, members)) {
      this.#missing.delete(endpoint)
      return false
    }
    const nowMs = this.#o.clock.monotonicMs()
    const missing = this.#missing.get(endpoint)
    if (missing === undefined) {
      this.#forget(nowMs)
      this.#missing.set(endpoint, { sinceMs: nowMs, askedMs: nowMs })
      return false
    }
    missing.askedMs = nowMs
    return nowMs - missing.sinceMs >= this.#o.clientCleanupTimeoutMs
  }

  /** As far as this member can tell: one that it does not hear may have any client. */
  #isConnected(client: string, members: readonly MemberRecord[]): boolean {
    if (this.#here.has(client)) return true
    for (const { id } of members) {
      if (id === this.#o.self) continue
      const theirs = this.#there.get(id)
      if (theirs === undefined) this.#ask(id)
      if (theirs === undefined || theirs.has(client) || !this.#o.links.isUp(id)) return true
    }
    return false
  }

  #ask(member: MemberId): void {
    const nowMs = this.#o.clock.monotonicMs()
    if (nowMs - (this.#askedAtMs.get(member) ?? Number.NEGATIVE_INFINITY) < askAgainMs) return
    this.#askedAtMs.set(member, nowMs)
    this.#o.links.send(member, 'clientsWanted', { member: this.#o.self })
  }

  #forget(nowMs: number): void {
    for (const [client, { askedMs }] of this.#missing) if (nowMs - askedMs > forgottenMs) this.#missing.delete(client)
  }
}
