/**
 * Who has to agree. A voting names the voters and, beside a single voter, its partner (pair mode). Two rules decide:
 *
 * - quorum: a majority of the voters.
 * - keepers: the voters and the partner. An entry is committed only when a quorum has it *and* every keeper has it, or is
 *   proved dead, or holds no lease any more. A slow keeper so delays a decision by one lease at most.
 *
 * While a change of the voting is not committed, both the old and the new one have to agree, to commit and to elect. There
 * is at most one such change at a time.
 *
 * The lone survivor. A keeper whose lease still runs may lead alone once every other voter is proved dead. Why it is safe:
 * 1. Its log has every committed entry. Take the first committed entry that it lacks. The leader that committed it counted
 *    it among the keepers (to stop counting it, an earlier entry had to be committed under the old voting too; that one is
 *    in its log, and says that it is no keeper). So that leader held its lease to be over. But a lease is granted only by a
 *    leader that has committed an entry of its own term and has confirmed its leadership since the request; it names an
 *    index that covers everything committed until then; and it is valid only once that index has been applied. A leader
 *    elected later waits for a whole lease from its election. So whoever held the lease to be over was right, or had
 *    committed the entry before the lease was granted, and then the lease's index covers it.
 * 2. Nobody else can lead. A quorum needs a voter, and all are dead; another lone survivor would need this one to be dead,
 *    or to be no voter: then (pair mode) the other is the single voter, and is dead.
 * Without proof, or with the lease run out, the survivor stays without a leader.
 */

import type { MemberId } from '../../base/ids.js'
import type { ClusterState } from '../cluster-state.js'

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

/** Voters for so many members: a second voter would only add a way to stop. */
const votersFor = (members: number): number => (members <= 2 ? 1 : members <= 4 ? 3 : 5)

/**
 * The leader's next step towards the right voters: 1 of 1-2 members, 3 of 3-4, 5 of 5 and more; the leader and those
 * that are voters already before others, and the oldest of these. Members that are suspect, leaving or dead do not count.
 * One voter changes at a time; null = nothing to do, or nothing that can be done now.
 */
export function planVoting(view: VotingView): VotingStep | null {
  const { state, voting, self, isCaughtUp, isDead } = view
  const { voters } = voting
  const fit = state.members
    .filter(m => (m.id === self ? !view.isRetiring && m.status !== 'leaving' : m.status === 'alive' && !isDead(m.id)))
    .map(m => m.id)
  const preference = (m: MemberId): number => (m === self ? 0 : voters.includes(m) ? 1 : 2)
  const wanted = [...fit].sort((a, b) => preference(a) - preference(b)).slice(0, votersFor(fit.length))
  if (wanted.length === 0) return null
  // only a lone survivor leads without being a voter
  if (!voters.includes(self)) return { type: 'set', voting: { voters: [self], partner: null } }

  const failed = voters.find(v => v !== self && !fit.includes(v) && state.members.find(m => m.id === v)?.status !== 'leaving')
  if (failed !== undefined) return without(view, failed, fit)
  if (!fit.includes(self)) {
    const heir = voters.find(v => v !== self && fit.includes(v) && isCaughtUp(v))
    if (heir !== undefined) return { type: 'transfer', to: heir }
  }
  const missing = wanted.filter(m => !voters.includes(m))
  const ready = missing.filter(isCaughtUp)
  // an even number of voters stands no more losses than one voter less: pass through it, but do not stay there
  const wouldStay = wanted.length > voters.length && voters.length % 2 === 1 && ready.length < 2
  if (ready[0] !== undefined && !wouldStay) return { type: 'set', voting: { voters: [...voters, ready[0]], partner: null } }
  const superfluous = voters.find(v => v !== self && !wanted.includes(v))
  if (superfluous !== undefined && missing.length === 0) return without(view, superfluous, fit)
  if (voters.length > 1 || !fit.includes(self)) return null
  const partner = partnerFor(view, fit)
  return partner === voting.partner ? null : { type: 'set', voting: { voters, partner } }
}

function without(view: VotingView, voter: MemberId, fit: readonly MemberId[]): VotingStep {
  const voters = view.voting.voters.filter(v => v !== voter)
  return { type: 'set', voting: { voters, partner: voters.length === 1 ? partnerFor(view, fit) : null } }
}

/** The partner there is while it is fit; else the oldest member that is fit and has everything. */
function partnerFor({ voting, self, isCaughtUp }: VotingView, fit: readonly MemberId[]): MemberId | null {
  const held = [...(voting.partner === null ? [] : [voting.partner]), ...voting.voters].find(m => m !== self && fit.includes(m))
  return held ?? fit.find(m => m !== self && isCaughtUp(m)) ?? null
}
