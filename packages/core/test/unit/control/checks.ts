/**
 * What must hold in every simulated run. Each promise throws a Violation that names it.
 *
 * one leader: at most one member leads in a term.          same log: what is applied at an index is the same everywhere,
 * complete: a new leader has everything that was           and so is the state there.
 * committed before its term.
 * exclusive: nobody is removed while its lease runs, and no two members with a lease own the same group.
 * fresh reads: a read sees what was committed before it.   honest: an answer to a proposal is true.
 * live: in calm weather a cluster that can go on does.
 */

import type { MemberId } from '../../../src/base/ids.js'
import type { ClusterState } from '../../../src/control/cluster-state.js'
import type { RaftCore } from '../../../src/control/raft/core.js'
import type { Settled } from '../../../src/control/raft/requests.js'
import { plainState } from '../../../src/control/state-codec.js'

class Violation extends Error {}

interface Committed {
  readonly term: number
  /** The term of the one that committed it: later than the entry's own where a leader found it in its log. */
  readonly committedIn: number
  readonly state: string
  readonly origin: string | null
}

interface Host {
  readonly id: MemberId
  readonly core: RaftCore
}

/** What is looked at. */
interface World {
  readonly hosts: ReadonlyMap<MemberId, Host>
  readonly leaving: ReadonlySet<Host>
  /** The clock of this host. */
  localMs(host: Host): number
}

export class Checks {
  /** Highest index that any member has applied. */
  committed = 0
  elections = 0
  survivals = 0
  removals = 0
  reads = 0
  settled = 0
  failed = 0
  readonly #world: World
  readonly #leaders = new Map<number, MemberId>()
  readonly #entries: Committed[] = []
  readonly #reads = new Map<string, number>()
  readonly #ambiguous = new Set<MemberId>()
  readonly #denied = new Set<string>()
  #state: ClusterState | null = null

  constructor(world: World) {
    this.#world = world
  }

  /** After every step of a member, before its output is looked at. */
  onStep({ id, core }: Host): void {
    if (core.leadership === null) return
    const leader = this.#leaders.get(core.term)
    if (leader === id) return
    if (leader !== undefined) throw new Violation(`one leader: ${leader} and ${id} in term ${core.term}`)
    this.#leaders.set(core.term, id)
    this.elections += 1
    const voters = this.#state?.voters ?? []
    const alive = voters.filter(v => this.#world.hosts.has(v))
    if (voters.length > 0 && 2 * alive.length <= voters.length) this.survivals += 1
    for (let i = core.log.baseIndex + 1; i <= this.committed; i++) {
      const has = core.log.termAt(i)
      const entry = this.#entries[i] as Committed
      // a vote may come so late that a later term has begun: nothing of the earlier one can be committed any more
      if (i > core.log.applied && has !== entry.term && entry.committedIn < core.term) {
        throw new Violation(`complete: ${id} leads term ${core.term} and has ${has} at committed index ${i}`)
      }
    }
  }

  onChange(host: Host, before: ClusterState, state: ClusterState): void {
    const { index } = state
    const text = JSON.stringify(plainState(state))
    const known = this.#entries[index]
    if (known !== undefined) {
      if (known.state !== text) throw new Violation(`same log: ${host.id} differs at ${index}\n${known.state}\n${text}`)
    } else {
      const { origin } = host.core.log.entryAt(index)
      const term = host.core.log.termAt(index) as number
      const committedIn = host.core.term
      this.#entries[index] = { term, committedIn, state: text, origin: origin && `${origin.member}/${origin.ticket}` }
      this.committed = Math.max(this.committed, index)
      this.#state = state
      this.#onCommit(before, state)
    }
    this.#checkOwners()
  }

  #onCommit(before: ClusterState, state: ClusterState): void {
    for (const { id } of before.members) {
      if (state.members.some(m => m.id === id)) continue
      this.removals += 1
      const host = this.#world.hosts.get(id)
      // one that leaves has stopped relying on its lease
      if (host !== undefined && !host.core.isRetiring && host.core.lease.untilMs > this.#world.localMs(host)) {
        throw new Violation(`exclusive: ${id} was removed while its lease ran`)
      }
    }
  }

  #checkOwners(): void {
    const owners = new Map<number, MemberId>()
    for (const host of this.#world.hosts.values()) {
      if (host.core.isRetiring || host.core.lease.untilMs <= this.#world.localMs(host)) continue
      host.core.state.groups.forEach((group, i) => {
        if (group.primary !== host.id || group.status !== 'ok') return
        const other = owners.get(i)
        if (other !== undefined) throw new Violation(`exclusive: ${other} and ${host.id} own group ${i}`)
        owners.set(i, host.id)
      })
    }
  }

  onRead(host: Host, ticket: number | null): void {
    this.#reads.set(`${host.id}/${ticket}`, this.committed)
  }

  onSettled(host: Host, settled: Settled): void {
    const key = `${host.id}/${settled.ticket}`
    if (settled.type === 'read') {
      this.reads += 1
      const floor = this.#reads.get(key) as number
      if (host.core.state.index < floor || settled.index < floor) {
        throw new Violation(`fresh reads: ${host.id} read ${settled.index}, but ${floor} had been committed`)
      }
    } else if (settled.type === 'proposed') {
      this.settled += 1
      const index = settled.results[0]?.index as number
      if (this.#entries[index]?.origin !== key && !this.#ambiguous.has(host.id))
        throw new Violation(`honest: ${key} is not at ${index}`)
    } else {
      this.failed += 1
      if (settled.outcome === 'not-applied' && !this.#ambiguous.has(host.id)) this.#denied.add(key)
    }
  }

  /** The member starts again and counts its tickets from 1: they name nothing any more. */
  forget(member: MemberId): void {
    this.#ambiguous.add(member)
    for (const key of this.#denied) if (key.startsWith(`${member}/`)) this.#denied.delete(key)
  }

  /** A majority of the voters lives and stays, and no change of voters is half done. */
  canGoOn(): boolean {
    const state = this.#state as ClusterState
    const hosts = [...this.#world.hosts.values()]
    const alive = state.voters.filter(v => this.#world.hosts.get(v)?.core.isMember)
    const isSettled = hosts.every(h => h.core.votings().length === 1 && !this.#world.leaving.has(h))
    return isSettled && 2 * alive.length > state.voters.length
  }

  atEnd(expected: boolean, before: number): void {
    for (const entry of this.#entries) {
      if (entry?.origin && this.#denied.has(entry.origin)) throw new Violation(`honest: ${entry.origin} was applied after all`)
    }
    if (expected && this.committed === before) throw new Violation(`live: nothing is committed after ${before}`)
  }
}
