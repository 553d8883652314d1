/**
 * The maps of a member: what the cluster has decided about each, the one `RoutedMap` for each, and the path of committed
 * changes to the listeners. What must be one in a cluster is declared in the cluster state by whoever uses a map first.
 */

import type { MapConfig } from '../api/config.js'
import type { IndexDefinition } from '../api/query.js'
import { CobnutError, isCobnutError } from '../base/errors.js'
import type { GroupId, MemberId } from '../base/ids.js'
import { Writer } from '../codec/writer.js'
import type { ClusterState, DeclaredMap, MapSettings } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { differences, settingsOf } from '../control/map-settings.js'
import type { Clock, Log } from '../env/env.js'
import type { Groups } from '../operation/groups.js'
import type { Invoker } from '../operation/invoker.js'
import type { OpCode } from '../operation/request.js'
import { indexDefinition, sameIndex } from '../query/index-definition.js'
import type { SchemaSource } from '../serialization/compact-layout.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { eventType, type InvalidationState, type MapService } from './data-map.js'
import { Declarations, mapsMax } from './declarations.js'
import type { MapCatalog } from './group-maps.js'
import { GroupMaps } from './group-maps.js'
import { InterceptorChain } from './interceptors.js'
import type { Listeners } from './listeners.js'
import type { LockHolders } from './lock-holders.js'
import type { NearCaches } from './near-caches.js'
import type { Protections } from './protections.js'
import { QueryContext } from './query-context.js'
import { type Interception, RoutedMap } from './routed-map.js'
import { SizeLimits } from './size-limits.js'
import type { UserCode } from './user-code.js'

const entryEventTypes = eventType.invalidated - 1

export interface CatalogOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly log: Log
  readonly control: ControlPlane
  readonly listeners: Listeners
  readonly holders: LockHolders
  readonly nearCaches: NearCaches
  readonly callTimeoutMs: number
  /** How old the answers of backups may be where a map reads them; 0 = latest. */
  readonly backupReadMaxAgeMs: number
  readonly configOf: (map: string) => MapConfig
  readonly protections: Protections
  readonly code: UserCode
  readonly serialization: SerializationService
  /** What entries may take here: limits in bytes count from it. */
  readonly storeBytesMax: number
  readonly schemas: SchemaSource
  /** Entries that one query may answer with; -1 = any number. */
  readonly queryResultSizeMax: number
}

const noIndexes: readonly IndexDefinition[] = []

interface KnownMap {
  readonly name: string
  readonly settings: MapSettings
  readonly chain: InterceptorChain | null
  readonly indexes: readonly IndexDefinition[]
}

export class Catalog implements MapCatalog, MapService {
  readonly scratch = new Writer(4096)
  readonly code: UserCode
  readonly serialization: SerializationService
  readonly limits: SizeLimits
  readonly queries: QueryContext
  readonly #o: CatalogOptions
  #groups: Groups | null = null
  #invoker: Invoker | null = null
  readonly #maps = new Map<string, RoutedMap>()
  /** Calls of maps that were destroyed. */
  readonly #forgotten = { reads: 0, writes: 0, backupReads: 0 }
  readonly #declarations: Declarations
  /** By map id, from the cluster state. */
  readonly #byId = new Map<number, KnownMap>()
  /** Ids rise: one below this that is not among them was destroyed. */
  #nextId: number

  constructor(options: CatalogOptions) {
    this.#o = options
    this.#declarations = new Declarations(options)
    this.code = options.code
    this.serialization = options.serialization
    this.queries = new QueryContext(options.schemas, options.code.comparators, options.serialization)
    const { control, storeBytesMax: budgetBytes } = options
    this.limits = new SizeLimits({
      measure: () => this.#bytesByMap(),
      budgetBytes,
      dataMembers: () => control.state().members.filter(m => !m.lite).length,
      partitionCount: () => control.state().settings.partitionCount,
    })
    const { maps, nextMapId } = options.control.state()
    for (const [name, declared] of maps) this.#index(name, declared)
    this.#nextId = nextMapId
  }

  /** The rooms below need the catalog to be made, and it needs them to be used. */
  connect(groups: Groups, invoker: Invoker): void {
    this.#groups = groups
    this.#invoker = invoker
  }

  onStateChange(state: ClusterState, before: ClusterState): void {
    this.#o.nearCaches.onStateChange(state, before)
    if (state.settings.fork === null && before.settings.fork !== null) {
      for (const { data } of this.#groups?.all() ?? []) if (data instanceof GroupMaps) data.forgetForkChanges()
    }
    if (state.maps === before.maps) return
    for (const [name, declared] of state.maps) {
      const known = before.maps.get(name)
      if (known === declared) continue
      this.#index(name, declared)
      if (known?.id !== declared.id) this.#compare(name, declared)
    }
    this.#nextId = state.nextMapId
    let isOneGone = false
    for (const [name, declared] of before.maps) {
      if (state.maps.get(name)?.id === declared.id) continue
      this.#byId.delete(declared.id)
      this.queries.forget(declared.id)
      this.#forget(name)
      isOneGone = true
    }
    if (!isOneGone) return
    for (const { data } of this.#groups?.all() ?? []) if (data instanceof GroupMaps) data.dropDestroyed()
  }

  /** Whoever still holds the destroyed map may go on using it, and then makes another one of its name. */
  #forget(name: string): void {
    const map = this.#maps.get(name)
    if (map === undefined) return
    const { reads, writes } = map.operations()
    this.#forgotten.reads += reads
    this.#forgotten.writes += writes
    this.#forgotten.backupReads += map.backupReads
    this.#maps.delete(name)
  }

  #index(name: string, { id, settings, interceptors, indexes }: DeclaredMap): void {
    const chain = interceptors.length === 0 ? null : this.#chainOf(name, interceptors)
    this.#byId.set(id, { name, settings, chain, indexes })
  }

  #chainOf(map: string, names: readonly string[]): InterceptorChain {
    return new InterceptorChain(names, this.code.interceptors, this.serialization, (interceptor, error) =>
      this.#o.log.error('interceptor.threw', { map, interceptor, error: String(error) }),
    )
  }

  /** A file that differs from what the cluster has decided is said, never silently different. */
  #compare(name: string, declared: DeclaredMap): void {
    const config = this.#configured(name)
    if (config === null) return
    const settings = settingsOf(config)
    for (const setting of differences(settings, declared.settings)) {
      const [here, cluster] = [settings[setting], declared.settings[setting]]
      this.#o.log.warn('config.differs', { map: name, setting, here, cluster })
    }
    // those that only the cluster has were added while it runs
    const missing = config.indexes
      .map(index => indexDefinition(name, index))
      .filter(index => !declared.indexes.some(held => sameIndex(held, index)))
    if (missing.length === 0) return
    const namesOf = (indexes: readonly IndexDefinition[]): string => indexes.map(index => index.name).join(', ')
    const [here, cluster] = [namesOf(missing), namesOf(declared.indexes)]
    this.#o.log.warn('config.differs', { map: name, setting: 'indexes', here, cluster })
  }

  /** Null: its patterns fit equally well, which callers here are told, and what others have declared does not have to stop for. */
  #configured(name: string): MapConfig | null {
    try {
      return this.#o.configOf(name)
    } catch (error) {
      if (!isCobnutError(error, 'CONFIG_INVALID')) throw error
      this.#o.log.warn('config.ambiguous', { map: name, problem: error.message })
      return null
    }
  }

  /** Compares this member's file with every map that the cluster already has. */
  compareAll(): void {
    for (const [name, declared] of this.#o.control.state().maps) this.#compare(name, declared)
  }

  // --- for the data of groups

  settings(mapId: number): MapSettings | undefined {
    return this.#byId.get(mapId)?.settings
  }

  isDestroyed(mapId: number): boolean {
    return mapId < this.#nextId && !this.#byId.has(mapId)
  }

  interceptors(mapId: number): InterceptorChain | null {
    return this.#byId.get(mapId)?.chain ?? null
  }

  indexes(mapId: number): readonly IndexDefinition[] {
    return this.#byId.get(mapId)?.indexes ?? noIndexes
  }

  #bytesByMap(): Map<number, number> {
    const bytes = new Map<number, number>()
    for (const { data } of this.#groups?.all() ?? []) {
      if (!(data instanceof GroupMaps)) continue
      for (const [mapId, { store }] of data.shards()) bytes.set(mapId, (bytes.get(mapId) ?? 0) + store.bytes)
    }
    return bytes
  }

  onDropped(mapId: number, reason: number): void {
    const map = this.#byId.get(mapId)
    if (map !== undefined) this.map(map.name).onDropped(reason)
  }

  forkedMs(group: GroupId, epoch: number): number | null {
    const { control, clock } = this.#o
    const { fork } = control.state().settings
    return fork === null || epoch < (fork.epochs[group] ?? 0) ? null : clock.wallMs()
  }

  wantsEvents(mapId: number): boolean {
    const map = this.#byId.get(mapId)
    return map !== undefined && this.#o.listeners.wanted(map.name, entryEventTypes)
  }

  wantsChanges(mapId: number): boolean {
    const map = this.#byId.get(mapId)
    return map !== undefined && this.#o.nearCaches.wanted(map.name)
  }

  onChange(mapId: number, key: Uint8Array, sequence: number, all: boolean): void {
    const map = this.#byId.get(mapId)
    if (map !== undefined) this.#o.nearCaches.onChange(map.name, key, sequence, all)
  }

  onEntryEvent(mapId: number, type: number, key: Uint8Array, value: Uint8Array | null, oldValue: Uint8Array | null): void {
    const map = this.#byId.get(mapId)
    if (map === undefined) return
    this.#o.listeners.publish(map.name, { type, key, value, oldValue, memberId: this.#o.self, affected: 1 })
  }

  checkProtection(mapId: number, op: OpCode): void {
    const map = this.#byId.get(mapId)
    if (map !== undefined) this.#o.protections.check(map.name, op)
  }

  isGone(endpoint: string): boolean {
    return this.#o.holders.isGone(endpoint)
  }

  // --- for callers

  map(name: string): RoutedMap {
    let map = this.#maps.get(name)
    if (map === undefined) {
      const { self, clock, listeners, holders, nearCaches, callTimeoutMs, backupReadMaxAgeMs, queryResultSizeMax } = this.#o
      const [groups, invoker] = [this.#groups, this.#invoker]
      if (groups === null || invoker === null) throw new CobnutError('MEMBER_STOPPED', 'the member has not started')
      const interception: Interception = {
        add: async call => {
          const interceptor = this.code.interceptors.nameIn(call)
          await this.#declarations.addInterceptor(name, interceptor)
          return interceptor
        },
        remove: interceptor => this.#declarations.removeInterceptor(name, interceptor),
      }
      map = new RoutedMap(name, {
        self,
        clock,
        groups,
        invoker,
        listeners,
        holders,
        nearCaches,
        callTimeoutMs,
        backupReadMaxAgeMs,
        declare: map => this.#declarations.declare(map),
        destroy: () => this.#declarations.destroy(name),
        interception,
        statisticsEnabled: this.#configured(name)?.statisticsEnabled ?? true,
        queries: this.queries,
        queryResultSizeMax,
        addIndex: index => this.#declarations.addIndex(name, index),
      })
      // names that nobody has declared and nobody can declare are not kept
      if (this.#maps.size < mapsMax) this.#maps.set(name, map)
    }
    return map
  }

  /** Calls made by this member's users and clients since it started. */
  operationCounts(): { reads: number; writes: number; backupReads: number } {
    let { reads, writes, backupReads } = this.#forgotten
    for (const map of this.#maps.values()) {
      const made = map.operations()
      reads += made.reads
      writes += made.writes
      backupReads += map.backupReads
    }
    return { reads, writes, backupReads }
  }

  names(): Promise<readonly string[]> {
    return this.#declarations.names()
  }

  async invalidationState(names: readonly string[], member: string): Promise<InvalidationState> {
    for (const name of names) await this.#declarations.declare(name)
    return this.#o.nearCaches.state(names, member)
  }

  async create(name: string): Promise<void> {
    await this.#declarations.declare(name)
  }
}
