/** What `cobnut start` prints: the events of a member as one flat object each, the address as text. */

import type { Member, MembershipEvent } from 'cobnut'
import { addressText } from './address.js'
import type { EventLine } from './json-lines.js'

export function startedEvent(member: Member, processId: number): EventLine {
  const { id, address, clusterName } = member
  const { clusterId, members, partitionCount } = member.status()
  return {
    event: 'member.started',
    uuid: id,
    address: addressText(address),
    clusterName,
    clusterId,
    members: members.length,
    partitionCount,
    pid: processId,
  }
}

/** Tells `tell` of everything that happens to the member from now on, but not of its end: whoever ends it knows why. */
export function followMember(member: Member, tell: (line: EventLine) => void): void {
  member.on('membership', event => tell(membershipEvent(event)))
  member.on('underReplicated', ({ groups, reason }) => tell({ event: 'groups.underReplicated', groups, reason }))
  member.on('partitionLost', ({ partitionId, backupCount, maps }) =>
    tell({ event: 'partition.lost', partition: partitionId, backupCount, maps }),
  )
  member.on('crashed', ({ error }) => tell({ event: 'member.crashed', uuid: member.id, error: error.message }))
}

function membershipEvent({ type, member, members }: MembershipEvent): EventLine {
  return {
    event: `member.${type}`,
    uuid: member.id,
    address: addressText(member.address),
    lite: member.lite,
    members: members.length,
  }
}
