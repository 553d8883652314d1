/** Entry listeners of clients: registered with the map for as long as the client's connection lives. */

import type { Data, DataEntryEvent, DataMap } from '../map/data-map.js'
import { eventTable } from '../protocol/client-table.js'
import type { CallId, Session } from './session.js'

/** What of a client's mask means something here; clients also ask for merges and loads, which never happen. */
const KNOWN_FLAGS = 0x7f

interface Wanted {
  readonly key: Data | null
  readonly includeValue: boolean
  readonly flags: number
  readonly localOnly: boolean
  readonly predicate?: Data
}

export async function addEntryListener(map: DataMap, wanted: Wanted, session: Session, id: CallId): Promise<string> {
  const { key: ofKey, predicate } = wanted
  const filtered = ofKey === null ? eventTable.entryWithPredicate : eventTable.entryOfKeyWithPredicate
  const plain = ofKey === null ? eventTable.entry : eventTable.entryOfKey
  const row = predicate === undefined ? plain : filtered
  const onEvent = ({ type, key, value, oldValue, memberId, affected }: DataEntryEvent): void =>
    session.event(row, id, { key, value, oldValue, mergingValue: null, type, member: memberId, affected })
  const listener = await map.addListener({
    flags: wanted.flags & KNOWN_FLAGS,
    includeValue: wanted.includeValue,
    // The listener outlives the request: a copy, so that it does not keep the received chunk alive.
    key: ofKey?.slice() ?? null,
    where: predicate?.slice() ?? null,
    local: wanted.localOnly,
    onEvent,
  })
  return session.hold(() => map.removeListener(listener))
}
