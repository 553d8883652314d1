/** Tells clients of partitions that are lost: every member that had their entries is gone for good. */

import type { ClusterViews, LostPartition } from '../map/data-map.js'
import { eventTable } from '../protocol/client-table.js'
import type { CallId, Session } from './session.js'

interface Subscriber {
  readonly session: Session
  readonly id: CallId
  /** Null = of any map. */
  readonly map: string | null
  readonly localOnly: boolean
}

export class PartitionLoss {
  readonly #views: ClusterViews
  readonly #subscribers = new Set<Subscriber>()
  readonly #off: () => void

  constructor(views: ClusterViews) {
    this.#views = views
    this.#off = views.onPartitionLost(lost => this.#tell(lost))
  }

  add(session: Session, id: CallId, localOnly: boolean, map: string | null = null): string {
    const subscriber = { session, id, map, localOnly }
    this.#subscribers.add(subscriber)
    return session.hold(() => this.#subscribers.delete(subscriber))
  }

  /** A client that listens on every member hears it from the oldest one only. */
  #tell({ partitionId, backupCount, maps }: LostPartition): void {
    const source = this.#views.localId
    const isOldest = this.#views.members().members[0]?.id === source
    for (const { session, id, map, localOnly } of this.#subscribers) {
      if (localOnly && !isOldest) continue
      if (map === null) {
        session.event(eventTable.partitionLost, id, { partitionId, lostBackupCount: backupCount, source })
      } else if (maps.includes(map)) session.event(eventTable.mapPartitionLost, id, { partitionId, member: source })
    }
  }

  close(): void {
    this.#off()
  }
}
