/**
 * Tells clients of changes in the cluster: members, owners of partitions, maps made and destroyed. A client asks for
 * the first two on one of its connections, and routes its calls by them.
 */

import type { Clock, Timer } from '../env/env.js'
import type { ClusterViews, MapChange } from '../map/data-map.js'
import { eventTable } from '../protocol/client-table.js'
import { membersView, partitionsView } from './cluster-view.js'
import type { CallId, Session } from './session.js'

/** Changes come in bursts: a member that leaves changes its partitions one by one. */
const GATHER_MS = 10

interface Subscriber {
  readonly session: Session
  readonly id: CallId
}

export class ViewPublisher {
  readonly #views: ClusterViews
  readonly #clock: Clock
  readonly #mapService: string
  readonly #clusterListeners = new Map<Session, CallId>()
  readonly #objectListeners = new Set<Subscriber & { readonly localOnly: boolean }>()
  readonly #unsubscribe: readonly (() => void)[]
  #membersChanged = false
  #partitionsChanged = false
  #timer: Timer | null = null

  constructor(views: ClusterViews, clock: Clock, mapService: string) {
    this.#views = views
    this.#clock = clock
    this.#mapService = mapService
    this.#unsubscribe = [
      views.onMembers(() => {
        this.#membersChanged = true
        this.#soon()
      }),
      views.onPartitions(() => {
        this.#partitionsChanged = true
        this.#soon()
      }),
      views.onMap(change => this.#tellObject(change)),
    ]
  }

  /** Both views follow at once, behind the answer. */
  addClusterListener(session: Session, id: CallId): void {
    this.#clusterListeners.set(session, id)
    this.#clock.defer(() => {
      if (this.#clusterListeners.get(session) !== id) return
      session.event(eventTable.membersView, id, membersView(this.#views))
      session.event(eventTable.partitionsView, id, partitionsView(this.#views))
    })
  }

  addObjectListener(session: Session, id: CallId, localOnly: boolean): string {
    const listener = { session, id, localOnly }
    this.#objectListeners.add(listener)
    return session.hold(() => this.#objectListeners.delete(listener))
  }

  onSessionClosed(session: Session): void {
    this.#clusterListeners.delete(session)
  }

  close(): void {
    this.#timer?.cancel()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
  }

  #soon(): void {
    if (this.#clusterListeners.size === 0) return
    this.#timer ??= this.#clock.after(GATHER_MS, () => this.#publish())
  }

  #publish(): void {
    this.#timer = null
    const members = this.#membersChanged ? membersView(this.#views) : null
    const partitions = this.#partitionsChanged ? partitionsView(this.#views) : null
    this.#membersChanged = this.#partitionsChanged = false
    for (const [session, id] of this.#clusterListeners) {
      if (members !== null) session.event(eventTable.membersView, id, members)
      if (partitions !== null) session.event(eventTable.partitionsView, id, partitions)
    }
  }

  /** A client that listens on every member hears it from the oldest one only. */
  #tellObject({ name, type }: MapChange): void {
    const { localId } = this.#views
    const oldest = this.#views.members().members[0]?.id === localId
    for (const { session, id, localOnly } of this.#objectListeners) {
      if (localOnly && !oldest) continue
      session.event(eventTable.distributedObject, id, { name, service: this.#mapService, type, source: localId })
    }
  }
}
