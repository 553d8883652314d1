/**
 * Where the copies of each partition should be. Pure: members and the placement so far go in, the new placement comes
 * out. Promises, and the tests hold it to them:
 * - no two copies of a partition in one partition group (PER_MEMBER: on one member; HOST_AWARE: on one host);
 * - with a group for each member, owners are spread to within one partition, and so are first backups; further backup
 *   indexes, and hosts of unequal size, as evenly as what is settled before them leaves room;
 * - what is in place stays in place unless balance needs the move, and an owner is replaced by a backup before a stranger.
 */

import type { MemberId } from '../base/ids.js'
import { copiesPossible } from '../control/copies.js'

export interface Candidate {
  readonly id: MemberId
  readonly partitionGroup: string
}

/**
 * @param before members in replica order by partition; may name members that are gone, may be empty.
 * @param copies owner included, 1..7. Fewer are placed where there are fewer partition groups.
 */
export function placementAfter(
  candidates: readonly Candidate[],
  before: readonly (readonly MemberId[])[],
  partitionCount: number,
  copies: number,
): MemberId[][] {
  const present = new Map(candidates.map(c => [c.id, c]))
  const possible = copiesPossible(candidates, copies)
  const table: MemberId[][] = []
  for (let p = 0; p < partitionCount; p++) {
    table.push(keptOf(before[p] ?? [], present).slice(0, possible))
  }
  if (candidates.length === 0) return table
  for (let index = 0; index < possible; index++) new Level(candidates, present, table, index).balance()
  return table
}

/** What remains of a placement: members that are still here, at most one per partition group, gaps closed. */
function keptOf(replicas: readonly MemberId[], present: ReadonlyMap<MemberId, Candidate>): MemberId[] {
  const groups = new Set<string>()
  return replicas.filter(id => {
    const group = present.get(id)?.partitionGroup
    if (group === undefined || groups.has(group)) return false
    groups.add(group)
    return true
  })
}

/** One replica index over all partitions: fills what is empty, then moves along chains until the loads are even. */
class Level {
  readonly #present: ReadonlyMap<MemberId, Candidate>
  readonly #table: MemberId[][]
  readonly #index: number
  readonly #load = new Map<MemberId, number>()
  /** Partitions in which a member holds any copy: ties go to the one that holds less. */
  readonly #total = new Map<MemberId, number>()

  constructor(candidates: readonly Candidate[], present: ReadonlyMap<MemberId, Candidate>, table: MemberId[][], index: number) {
    this.#present = present
    this.#table = table
    this.#index = index
    for (const c of candidates) {
      this.#load.set(c.id, 0)
      this.#total.set(c.id, 0)
    }
    for (const row of table) {
      const holder = row[index]
      if (holder !== undefined) this.#add(this.#load, holder, 1)
      for (const id of row) this.#add(this.#total, id, 1)
    }
  }

  balance(): void {
    for (let p = 0; p < this.#table.length; p++) {
      if (this.#row(p)[this.#index] === undefined) this.#place(p, this.#leastLoadedFor(p))
    }
    // each round takes one partition off the most loaded member, or ends; so it ends
    for (let rounds = this.#table.length * 4; rounds > 0 && this.#moveOne(); rounds--);
  }

  #row(p: number): MemberId[] {
    return this.#table[p] as MemberId[]
  }

  #add(counts: Map<MemberId, number>, id: MemberId, n: number): void {
    counts.set(id, (counts.get(id) ?? 0) + n)
  }

  #of(id: MemberId): number {
    return this.#load.get(id) ?? 0
  }

  /** May `id` hold this index of `p`, given the lower indexes (already settled)? Higher ones make way. */
  #allowed(p: number, id: MemberId): boolean {
    const group = this.#present.get(id)?.partitionGroup
    const row = this.#row(p)
    for (let i = 0; i < this.#index; i++) {
      if (this.#present.get(row[i] as MemberId)?.partitionGroup === group) return false
    }
    return true
  }

  #leastLoadedFor(p: number): MemberId {
    let best: MemberId | undefined
    for (const id of this.#load.keys()) {
      if (!this.#allowed(p, id)) continue
      if (best === undefined || this.#compare(id, best) < 0) best = id
    }
    return best as MemberId
  }

  #compare(a: MemberId, b: MemberId): number {
    return this.#of(a) - this.#of(b) || (this.#total.get(a) ?? 0) - (this.#total.get(b) ?? 0)
  }

  /** Puts `id` at this index. A copy of the same partition group at a higher index changes places with what was here. */
  #place(p: number, id: MemberId): void {
    const row = this.#row(p)
    const previous = row[this.#index]
    const group = this.#present.get(id)?.partitionGroup
    const at = row.findIndex((other, i) => i > this.#index && this.#present.get(other)?.partitionGroup === group)
    if (at !== -1) {
      if (row[at] !== id) {
        this.#add(this.#total, row[at] as MemberId, -1)
        this.#add(this.#total, id, 1)
      }
      if (previous === undefined) row.splice(at, 1)
      else row[at] = previous
    } else {
      this.#add(this.#total, id, 1)
      if (previous !== undefined) this.#add(this.#total, previous, -1)
    }
    row[this.#index] = id
    this.#add(this.#load, id, 1)
    if (previous !== undefined) this.#add(this.#load, previous, -1)
  }

  /** Finds the shortest chain of moves from an overloaded member to one with at least two partitions fewer, and makes it. */
  #moveOne(): boolean {
    const ids = [...this.#load.keys()].sort((a, b) => this.#of(b) - this.#of(a))
    const least = this.#of(ids[ids.length - 1] as MemberId)
    for (const from of ids) {
      if (this.#of(from) - least < 2) return false
      const chain = this.#chainFrom(from)
      if (chain !== undefined) {
        for (const step of chain) this.#place(step.partition, step.to)
        return true
      }
    }
    return false
  }

  #chainFrom(from: MemberId): { partition: number; to: MemberId }[] | undefined {
    const reached = new Map<MemberId, { partition: number; to: MemberId; before: MemberId } | null>([[from, null]])
    let frontier = [from]
    while (frontier.length > 0) {
      const edges = this.#edges(frontier, reached)
      for (const id of edges) {
        if (this.#of(from) - this.#of(id) < 2) continue
        const chain: { partition: number; to: MemberId }[] = []
        for (let at = reached.get(id); at; at = reached.get(at.before)) chain.push({ partition: at.partition, to: at.to })
        return chain
      }
      frontier = edges
    }
    return undefined
  }

  /** Members that can take a partition from the frontier, least loaded first; the cheapest partition for each is noted. */
  #edges(
    frontier: readonly MemberId[],
    reached: Map<MemberId, { partition: number; to: MemberId; before: MemberId } | null>,
  ): MemberId[] {
    const holders = new Set(frontier)
    const found = new Map<MemberId, { partition: number; to: MemberId; before: MemberId; cost: number }>()
    for (let p = 0; p < this.#table.length; p++) {
      const row = this.#row(p)
      const holder = row[this.#index] as MemberId
      if (!holders.has(holder)) continue
      for (const id of this.#load.keys()) {
        if (reached.has(id) || !this.#allowed(p, id)) continue
        // a member that has a copy already costs a change of roles, not a copy
        const cost = row.includes(id) ? 0 : 1
        const known = found.get(id)
        if (known === undefined || cost < known.cost) found.set(id, { partition: p, to: id, before: holder, cost })
      }
    }
    for (const [id, edge] of found) reached.set(id, edge)
    return [...found.keys()].sort((a, b) => this.#of(a) - this.#of(b))
  }
}
