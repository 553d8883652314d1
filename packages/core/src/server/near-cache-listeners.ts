/**
 * Near caches of clients: tells each of them of changes, as soon as they are committed, and in few messages: what is
 * committed in one turn goes out together, or, where it is configured so, what is committed within some seconds.
 */

import type { Knobs } from '../api/config.js'
import type { Clock, Timer } from '../env/env.js'
import { type Data, type DataEntryEvent, type DataMap, eventType } from '../map/data-map.js'
import { eventTable } from '../protocol/client-table.js'
import type { CallId, Session } from './session.js'

type Batching = Pick<Knobs, 'invalidationBatch' | 'invalidationBatchMax' | 'invalidationBatchMs'>

interface Wanted {
  readonly flags: number
  readonly localOnly: boolean
}

export class NearCacheListeners {
  readonly #clock: Clock
  readonly #batching: Batching

  constructor(clock: Clock, batching: Batching) {
    this.#clock = clock
    this.#batching = batching
  }

  async add(map: DataMap, { flags, localOnly }: Wanted, session: Session, id: CallId): Promise<string> {
    const outlet = new Outlet(session, id, this.#clock, this.#batching)
    const listener = await map.addListener({
      flags: flags & eventType.invalidated,
      includeValue: false,
      key: null,
      where: null,
      local: localOnly,
      onEvent: event => outlet.take(event),
    })
    return session.hold(() => {
      outlet.close()
      return map.removeListener(listener)
    })
  }
}

/** One registration. */
class Outlet {
  readonly #session: Session
  readonly #id: CallId
  readonly #clock: Clock
  readonly #batching: Batching
  #gathered: DataEntryEvent[] = []
  /** Everything may have changed. Once is enough, however many parts of the map said so. */
  #all: DataEntryEvent | null = null
  #timer: Timer | null = null
  #isDue = false

  constructor(session: Session, id: CallId, clock: Clock, batching: Batching) {
    this.#session = session
    this.#id = id
    this.#clock = clock
    this.#batching = batching
  }

  take(event: DataEntryEvent): void {
    const { invalidationBatch, invalidationBatchMax, invalidationBatchMs } = this.#batching
    if (event.key === null) this.#all = event
    else if (invalidationBatch === 'false') this.#single(event)
    else this.#gathered.push(event)
    if (this.#gathered.length >= invalidationBatchMax) this.#flush()
    else if (this.#all !== null || (this.#gathered.length > 0 && invalidationBatchMs === 0)) this.#flushSoon()
    else if (this.#gathered.length > 0) this.#timer ??= this.#clock.after(invalidationBatchMs, () => this.#flush())
  }

  #flushSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#clock.defer(() => {
      this.#isDue = false
      this.#flush()
    })
  }

  #flush(): void {
    this.#timer?.cancel()
    this.#timer = null
    const [events, all] = [this.#gathered, this.#all]
    this.#gathered = []
    this.#all = null
    if (events.length > 0) {
      this.#session.event(eventTable.invalidations, this.#id, {
        keys: events.map(({ key }) => key as Data),
        sources: events.map(({ memberId }) => memberId),
        partitionUuids: events.map(({ invalidation }) => invalidation?.partitionUuid ?? null),
        sequences: events.map(({ invalidation }) => invalidation?.sequence ?? 0),
      })
    }
    if (all !== null) this.#single(all)
  }

  /**
   * The source is the member, even where the client itself made the change: clients leave out what they are named for,
   * and one whose call failed without an answer would keep the old value.
   */
  #single({ key, memberId, invalidation }: DataEntryEvent): void {
    const { partitionUuid = null, sequence = 0 } = invalidation ?? {}
    this.#session.event(eventTable.invalidation, this.#id, { key, source: memberId, partitionUuid, sequence })
  }

  close(): void {
    this.#timer?.cancel()
    this.#gathered = []
    this.#all = null
  }
}
