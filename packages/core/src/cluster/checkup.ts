/**
 * May a member be stopped now? Answered for the worst case, that its process is killed, from the cluster state alone: equal
 * on every member that has the same state. Pure.
 */

import type { Checkup, MemberCheckup, StopObjection } from '../api/admin.js'
import type { BackupClass, ClusterState, GroupRecord, MemberRecord } from '../control/cluster-state.js'
import { copiesPossible } from '../control/copies.js'
import { addressText } from '../link/handshake.js'
import { isAssigned } from '../partition/planning.js'
import { canProve } from './death-proof.js'

type Reason = MemberCheckup['reasons'][number]

export function checkupOf(state: ClusterState, current: boolean): Checkup {
  const members = state.members.map(member => memberCheckup(state, member))
  const fork = state.settings.fork !== null
  return { stateVersion: state.index, current, fork, healthy: current && !fork && members.every(m => m.mayStop), members }
}

function memberCheckup(state: ClusterState, member: MemberRecord): MemberCheckup {
  const counts = groupObjections(state, member)
  const reasons: Reason[] = []
  for (const [objection, groups] of counts) if (groups > 0) reasons.push({ objection, groups, text: textOf[objection](groups) })
  if (wouldLackMajority(state, member)) reasons.push({ objection: 'majority', groups: 0, text: textOf.majority(0) })
  if (isUnprovable(state, member)) reasons.push({ objection: 'pair', groups: 0, text: textOf.pair(0) })
  return { id: member.id, address: addressText(member.address), mayStop: reasons.length === 0, reasons }
}

const groupsText = (n: number): string => (n === 1 ? '1 group' : `${n} groups`)

const textOf: Readonly<Record<StopObjection, (groups: number) => string>> = {
  'only-copy': n => `it holds the only complete copy of ${groupsText(n)}: their entries would be lost`,
  awaited: n => `${groupsText(n)} cannot be served until it is back: nobody else has all of their entries`,
  copying: n => `copies of ${groupsText(n)} are being made or handed over with its help; ask again in a moment`,
  'min-sync': n => `${groupsText(n)} would refuse writes: cobnut.min.sync asks for more copies than the others can hold`,
  majority: () => 'too few of the members that decide about the cluster would be left to go on',
  pair: () =>
    'of two members on two hosts (or containers) it decides: the other cannot know that it is dead, and would stop serving',
}

function groupObjections(state: ClusterState, member: MemberRecord): Map<StopObjection, number> {
  const counts = new Map<StopObjection, number>()
  const { partitionCount } = state.settings
  state.groups.forEach((group, index) => {
    if (!isAssigned(group)) return
    const objection = groupObjection(state, group, state.classes[Math.floor(index / partitionCount)] as BackupClass, member)
    if (objection !== null) counts.set(objection, (counts.get(objection) ?? 0) + 1)
  })
  return counts
}

/** The gravest one. */
function groupObjection(
  state: ClusterState,
  group: GroupRecord,
  { backupCount, asyncBackupCount }: BackupClass,
  { id }: MemberRecord,
): StopObjection | null {
  const isComplete = group.inSync.includes(id)
  const others = state.members.filter(m => m.id !== id && m.status !== 'suspect')
  if (group.status === 'unavailable') return isComplete ? 'awaited' : null
  if (group.status === 'lost') return null
  if (isComplete && !others.some(m => group.inSync.includes(m.id))) {
    // what was configured to have one complete copy has never more
    const isAsConfigured = backupCount === 0 && asyncBackupCount > 0 && others.some(m => group.asyncs.includes(m.id))
    if (!isAsConfigured) return 'only-copy'
  }
  const needed = Math.min(state.settings.minSync, backupCount)
  const holders = others.filter(m => !m.lite && m.status === 'alive')
  if (copiesPossible(holders, needed + 1) < needed + 1) return 'min-sync'
  const takesPart = group.learner === id || (group.primary === id && group.learner !== null) || group.handOver === id
  return takesPart || (group.primary === id && group.handOver !== null) ? 'copying' : null
}

function wouldLackMajority({ members, voters, partner }: ClusterState, { id }: MemberRecord): boolean {
  if (!voters.includes(id) || members.length === 1) return false
  if (voters.length === 1) return partner === null
  const left = voters.filter(v => v !== id && members.some(m => m.id === v && m.status !== 'suspect'))
  return left.length * 2 <= voters.length
}

/** The one that decides beside a partner: where the system that both run on proves its death, the partner goes on. */
function isUnprovable({ members, voters, partner }: ClusterState, member: MemberRecord): boolean {
  if (voters.length !== 1 || voters[0] !== member.id || partner === null) return false
  const other = members.find(m => m.id === partner)
  return other === undefined || !canProve(member, other)
}
