/**
 * Who has to agree. A voting names the voters and, beside a single voter, its partner (pair mode). Two rules decide:
 *
 * - quorum: a majority of the voters.
 * - keepers: the voters and the partner. An entry is committed only when a quorum has it *and* every keeper has it, or is
 *   proved dead, or holds no lease any more. A slow keeper so delays a decision by one lease at most.
 *
 * While a change of the voting is not known to be committed, both the old and the new one have to agree, to commit and to
 * elect. So any number of voters may change at once; the next change waits until this one is committed.
 *
 * The lone survivor. A keeper whose lease still runs may lead alone once every other voter is proved dead. Why it is safe:
 * 1. Its log has every committed entry. Take the first committed entry that it lacks. The leader that committed it counted
 *    it among the keepers (to stop counting it, an earlier entry had to be committed under the old voting too; that one is
 *    in its log, and says that it is no keeper). So that leader held its lease to be over. But a lease is granted only by a
 *    leader that has committed an entry of its own term and has confirmed its leadership since the request; it names an
 *    index that covers everything committed until then; and it is valid only once that index has been applied. A leader
 *    elected later waits for a whole lease from when its voters last obeyed another. So whoever held the lease to be over was right, or had
 *    committed the entry before the lease was granted, and then the lease's index covers it.
 * 2. Nobody else commits beside it. A leader that was elected before commits nothing that the survivor has not acknowledged
 *    while its lease runs, and it acknowledges nothing of an older term. A quorum after it needs a voter, and the others are
 *    dead. A second lone survivor would need the first to be dead, or to be no voter (the partner of pair mode): then the
 *    second is the single voter, and is dead.
 * Without proof, or with the lease run out, the survivor stays without a leader.
 *
 * The survivor of one of two votings. While a change of the voting is under way, a member may be the lone survivor of the
 * one and not of the other: the only voter dies while it makes three of itself, its partner and a third. So in an election
 * a voting agrees by a quorum of votes or by the vote of its lone survivor, given while the survivor's lease runs:
 * 1. The survivor's log has every committed entry, and it votes only for a log that lacks nothing of its own. It has the other
 *    voting too: without that it is the survivor of all votings that it knows, and leads alone before it votes for anybody.
 * 2. A rival needs both agreements too. Quorums overlap, and nobody else can be the survivor. So a leader need not ask again
 *    the voting that agreed by its survivor: that one agrees to nobody else without the other voting.
 */

import type { MemberId } from '../../base/ids.js'
import type { ClusterState } from '../cluster-state.js'
import { votersFor } from '../voters.js'

export interface Voting {
  readonly voters: readonly MemberId[]
  readonly partner: MemberId | null
}

export const keepersOf = ({ voters, partner }: Voting): readonly MemberId[] => (partner === null ? voters : [...voters, partner])

/** The largest value that a majority of the voters has reached. */
export function quorumValue({ voters }: Voting, reached: (voter: MemberId) => number): number {
  const values = voters.map(reached).sort((a, b) => b - a)
  return values[Math.floor(values.length / 2)] ?? 0
}

export const hasQuorum = ({ voters }: Voting, agrees: (voter: MemberId) => boolean): boolean =>
  2 * voters.filter(agrees).length > voters.length

/** True if `self` is a keeper that has outlived every other voter. */
export const isSurvivor = (voting: Voting, self: MemberId, isDead: (voter: MemberId) => boolean): boolean =>
  keepersOf(voting).includes(self) && voting.voters.every(v => v === self || isDead(v))

export const isSameVoting = (one: Voting, other: Voting): boolean =>
  one.partner === other.partner && one.voters.length === other.voters.length && one.voters.every(v => other.voters.includes(v))

export interface VotingView {
  readonly state: ClusterState
  readonly voting: Voting
  readonly self: MemberId
  /** The leader wants to go. */
  readonly isRetiring: boolean
  readonly isDead: (member: MemberId) => boolean
  /** Answers, and has nearly everything. */
  readonly isCaughtUp: (member: MemberId) => boolean
}

export type VotingStep = { readonly type: 'set'; readonly voting: Voting } | { readonly type: 'transfer'; readonly to: MemberId }

/**
 * The leader's next step towards the right voters: 1 of 1-2 members, 3 of 3-4, 5 of 5 and more; the leader and those
 * that are voters already before others. Of these first who is caught up (a new leader has no word yet of who has died),
 * and then the oldest. Nobody new who is suspect or not caught up. A voter that is suspect gives way to a member that is
 * well, but is not dropped without one: it may be back before it is removed.
 * Null = nothing to do, or nothing that can be done now.
 */
export function planVoting(view: VotingView): VotingStep | null {
  const { state, voting, self, isCaughtUp, isDead } = view
  const staying = state.members
    .filter(m => m.status !== 'leaving' && !isDead(m.id) && !(m.id === self && view.isRetiring))
    .map(m => ({ id: m.id, isWell: m.id === self || m.status === 'alive' }))
  const rank = ({ id, isWell }: { id: MemberId; isWell: boolean }): number => {
    if (id === self) return 0
    if (voting.voters.includes(id)) return !isWell ? 4 : isCaughtUp(id) ? 1 : 2
    return isWell && isCaughtUp(id) ? 3 : 5
  }
  const able = staying.filter(m => rank(m) < 5).sort((a, b) => rank(a) - rank(b))
  const count = Math.min(votersFor(staying.length), able.length)
  const voters = able.slice(0, count - ((count + 1) % 2)).map(m => m.id)
  if (voters.length === 0) return null
  const partner = voters.length === 1 ? partnerFor(view, voters[0] as MemberId) : null
  if (!isSameVoting(voting, { voters, partner })) return { type: 'set', voting: { voters, partner } }
  const heir = voters.includes(self) ? undefined : voters.find(isCaughtUp)
  return heir === undefined ? null : { type: 'transfer', to: heir }
}

/** The partner or voter there is, while it is well; else the oldest member that is well and has everything. */
function partnerFor({ state, voting, self, isCaughtUp, isDead }: VotingView, voter: MemberId): MemberId | null {
  const isWell = (id: MemberId): boolean => state.members.some(m => m.id === id && m.status === 'alive') && !isDead(id)
  const others = (from: readonly MemberId[]): MemberId[] => from.filter(m => m !== voter && m !== self && isWell(m))
  return others(keepersOf(voting))[0] ?? others(state.members.map(m => m.id)).find(isCaughtUp) ?? null
}
