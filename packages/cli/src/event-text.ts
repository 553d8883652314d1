/** Events of a member as sentences for people. Pure. */

import { plural } from './format.js'
import type { EventLine } from './json-lines.js'

const texts: Readonly<Record<string, (e: EventLine) => string>> = {
  'member.started': e => `${e.address} is in cluster ${e.clusterName} with ${plural(Number(e.members), 'member')}`,
  'member.joined': e => `${e.address} joined`,
  'member.left': e => `${e.address} left`,
  'groups.underReplicated': e => underReplicatedText(Number(e.groups), String(e.reason)),
  'partition.lost': e => `partition ${e.partition} is lost: every copy of it was on members that are gone`,
  'partition.unavailable': e => `partition ${e.partition} is unavailable: whoever has all of its entries is silent`,
  'partition.served': e =>
    `partition ${e.partition} is served again, ${e.dataLoss === true ? 'without what was given up' : 'with all of its entries'}`,
  'member.leaving': () => 'handing over and leaving; once more stops it at once',
  'member.stopped': e =>
    e.handedOver === false ? `stopped without handing everything over: ${e.reason}` : `stopped: ${e.reason}`,
  'member.died': e => String(e.text),
  'member.crashed': e => `crashed: ${e.error}`,
}

/** Null for an event that has nothing to say to people. */
export function eventText(line: EventLine): string | null {
  return texts[line.event]?.(line) ?? null
}

function underReplicatedText(groups: number, reason: string): string {
  if (groups === 0) return 'all copies are in place again'
  const why = reason === 'copying' ? 'copies are being made' : 'too few members for the copies configured'
  return `${plural(groups, 'partition group')} under-replicated: ${why}`
}
