/**
 * The log of one member, in memory. The state machine lives elsewhere; here are the entries that came after `base`:
 *
 *      base            applied                 last
 *       |    kept        |     not committed    |
 *   ----[=========================================]
 *
 * Entries up to `applied` are never changed again; the newest of them are kept for members that are a little behind.
 */

import { assert } from '../../base/assert.js'
import type { Command } from '../cluster-state.js'
import type { Entry } from './messages.js'
import type { Voting } from './voting.js'

/** Applied entries that are kept. More: members away for longer need no snapshot; fewer: less memory. */
const KEPT_ENTRIES = 1_000

export class RaftLog {
  #baseIndex = 0
  #baseTerm = 0
  #entries: Entry[] = []
  #applied = 0
  /** Changes of the voters in the part that is not applied, in order. */
  #changes: { readonly index: number; readonly voting: Voting }[] = []

  get baseIndex(): number {
    return this.#baseIndex
  }

  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm
  }

  get applied(): number {
    return this.#applied
  }

  /** Up to where the log is known to be committed, and the term of that entry. */
  get committed(): { readonly applied: number; readonly appliedTerm: number } {
    return { applied: this.#applied, appliedTerm: this.termAt(this.#applied) ?? 0 }
  }

  /** Changes of the voters that are not yet applied, oldest first; they count from the moment they stand in the log. */
  get pendingVotings(): readonly Voting[] {
    return this.#changes.map(c => c.voting)
  }

  /** Undefined outside of base..last. */
  termAt(index: number): number | undefined {
    return index === this.#baseIndex ? this.#baseTerm : this.#entries[index - this.#baseIndex - 1]?.term
  }

  entryAt(index: number): Entry {
    const entry = this.#entries[index - this.#baseIndex - 1]
    assert(entry !== undefined, `the log has no entry ${index}`)
    return entry
  }

  /** At most `countMax` entries after `index`. */
  after(index: number, countMax: number): readonly Entry[] {
    const from = index - this.#baseIndex
    return this.#entries.slice(from, from + countMax)
  }

  /** True if a log that ends so lacks nothing that this one has. */
  isBehind(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex)
  }

  push(entry: Entry): void {
    assert(entry.term >= this.lastTerm, 'terms in the log go back')
    this.#entries.push(entry)
    const voting = votingOf(entry.commands)
    if (voting !== null) this.#changes.push({ index: this.lastIndex, voting })
  }

  /** Drops `index` and everything after it. */
  cutFrom(index: number): void {
    assert(index > this.#applied, `applied entry ${index} contradicts the leader`)
    this.#entries.length = index - this.#baseIndex - 1
    while ((this.#changes.at(-1)?.index ?? 0) >= index) this.#changes.pop()
  }

  /** Entry `index` has been applied; what is older than a while is forgotten. */
  setApplied(index: number): void {
    assert(index === this.#applied + 1 && index <= this.lastIndex, 'entries are applied one by one')
    this.#applied = index
    if (this.#changes[0]?.index === index) this.#changes.shift()
    // rarely, and many at once: each time costs a copy of what is kept
    if (index - this.#baseIndex < 2 * KEPT_ENTRIES) return
    const base = index - KEPT_ENTRIES
    const baseTerm = this.termAt(base) as number
    this.#entries = this.#entries.slice(base - this.#baseIndex)
    this.#baseIndex = base
    this.#baseTerm = baseTerm
  }

  /** Forgets everything: the state of `index` has been installed. */
  restart(index: number, term: number): void {
    assert(index > this.#applied, 'a snapshot would go back')
    this.#baseIndex = index
    this.#baseTerm = term
    this.#entries = []
    this.#applied = index
    this.#changes = []
  }
}

function votingOf(commands: readonly Command[]): Voting | null {
  let voting: Voting | null = null
  for (const command of commands) {
    if (command.type === 'setVoters') voting = { voters: command.voters, partner: command.partner }
    else if (command.type === 'found') voting = { voters: [command.member.id], partner: null }
  }
  return voting
}
