/** One member's copy: the log as leaders send it, and the state that follows from its committed part. */

import { assert } from '../../base/assert.js'
import { applyCommands, emptyState } from '../apply-command.js'
import type { ClusterState } from '../cluster-state.js'
import { RaftLog } from './log.js'
import type { Entry, Message } from './messages.js'
import type { Voting } from './voting.js'

type OfType<T extends Message['type']> = Extract<Message, { type: T }>

export interface Change {
  readonly state: ClusterState
  readonly before: ClusterState
  /** Null: a snapshot was installed, entries were skipped. */
  readonly entry: Entry | null
  /** Of each command of the entry. */
  readonly accepted: readonly boolean[]
}

const nobodyVotes: Voting = { voters: [], partner: null }

export class Replica {
  readonly log = new RaftLog()
  readonly #onChange: (change: Change) => void
  #state = emptyState()

  constructor(onChange: (change: Change) => void, base?: ClusterState) {
    this.#onChange = onChange
    if (base === undefined) return
    this.#state = base
    this.log.restart(base.index, 0)
  }

  get state(): ClusterState {
    return this.#state
  }

  /** With everything that stands in the log, committed or not. */
  ahead(): ClusterState {
    const { applied, lastIndex } = this.log
    return this.log.after(applied, lastIndex - applied).reduce((state, e) => applyCommands(state, e.commands).state, this.#state)
  }

  /** The votings that have to agree: the one in force, and the one being introduced. The newest is the last. */
  votings(): readonly [Voting, ...Voting[]] {
    const { voters, partner } = this.#state
    // a second change is begun only after the first was committed
    const [first, ...more] = [...(voters.length > 0 ? [{ voters, partner }] : []), ...this.log.pendingVotings].slice(-2)
    return [first ?? nobodyVotes, ...more]
  }

  commit(index: number): void {
    for (let i = this.log.applied + 1; i <= index; i++) {
      const entry = this.log.entryAt(i)
      const { state, accepted } = applyCommands(this.#state, entry.commands)
      this.log.setApplied(i)
      assert(state.index === i, 'the state and the log have different indexes')
      this.#changeTo(state, entry, accepted)
    }
  }

  /**
   * What a voter knows to be committed, and this log has too, is committed. Without this:
   *
   *   1. A leader commits that C is the only voter from now on, and is cut off from C before C hears of the commit.
   *   2. It goes on appending for a while, and B takes what it appends. None of that can be committed without C.
   *   3. C still needs a vote of the old voters, which B refuses: its own log is longer. B is no voter any more and cannot
   *      lead either. Nobody ever would.
   */
  learns({ applied, appliedTerm }: OfType<'voted'>): boolean {
    return applied > this.log.applied && this.log.termAt(applied) === appliedTerm
  }

  /** Index up to which the log now equals the leader's; null if there is no place to join on. */
  append({ prevIndex, prevTerm, entries, commit }: OfType<'append'>): number | null {
    const before = this.log.termAt(prevIndex)
    // what is applied here is equal at every leader
    if (prevIndex > this.log.applied && before !== prevTerm) return null
    assert(before === undefined || before === prevTerm, `applied entry ${prevIndex} contradicts the leader`)
    entries.forEach((entry, i) => {
      const index = prevIndex + 1 + i
      const held = this.log.termAt(index)
      if (index <= this.log.applied) {
        assert(held === undefined || held === entry.term, `applied entry ${index} contradicts the leader`)
        return
      }
      if (held === entry.term) return
      if (held !== undefined) this.log.cutFrom(index)
      this.log.push(entry)
    })
    const equalUpTo = Math.max(prevIndex + entries.length, this.log.applied)
    this.commit(Math.min(commit, equalUpTo))
    return equalUpTo
  }

  install({ state, stateTerm }: OfType<'snapshot'>): number {
    const { index } = state
    if (index > this.log.applied) {
      if (this.log.termAt(index) === stateTerm) {
        // entries after it may have been counted by the leader: they stay
        this.commit(index)
      } else {
        this.log.restart(index, stateTerm)
        this.#changeTo(state, null, [])
      }
    }
    return this.log.applied
  }

  #changeTo(state: ClusterState, entry: Entry | null, accepted: readonly boolean[]): void {
    const before = this.#state
    this.#state = state
    this.#onChange({ state, before, entry, accepted })
  }
}
