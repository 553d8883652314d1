/**
 * What caches of entries outside of the cluster ("near caches" of clients) are told, so that they never keep an old value
 * for long:
 *
 * - each committed change, by its owner, with a number that counts the changes of the map in the partition;
 * - by a new uuid of the partition, that its owner has changed: what the old one did may not have been told. The new owner
 *   says so at once;
 * - that everything may have changed: when they begin to listen, again and again, because they may have been away; when a
 *   connection by which they hear of others' changes was lost; when the map was cleared or destroyed.
 *
 * Beside that they may ask each owner how far it is, and compare.
 */

import type { MemberId } from '../base/ids.js'
import { groupId } from '../base/ids.js'
import type { ClusterState } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { Groups } from '../operation/groups.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { partitionOf } from '../serialization/data.js'
import { partitionMarker } from '../serialization/partition-marker.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { type Data, type DataEntryEvent, eventType, type InvalidationState } from './data-map.js'
import { GroupMaps } from './group-maps.js'
import type { Listeners } from './listeners.js'

/** Whoever has not answered by then is as good as gone: its partitions get new owners, who speak up by themselves. */
const answerLimitMs = 5_000

const nothingKnown: InvalidationState = { sequences: [], partitionUuids: [] }

export interface NearCachesOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly links: Links
  readonly control: ControlPlane
  readonly listeners: Listeners
  readonly serialization: SerializationService
  readonly groups: () => Groups
}

export class NearCaches {
  readonly #o: NearCachesOptions
  #requests = 0
  readonly #asked = new Map<number, (state: InvalidationState) => void>()

  constructor(options: NearCachesOptions) {
    this.#o = options
  }

  wanted(map: string): boolean {
    return this.#o.listeners.wanted(map, eventType.invalidated)
  }

  /** The owner has committed a change. `all`: every entry of the partition went, this key's among them. */
  onChange(map: string, key: Data, sequence: number, all: boolean): void {
    const { partitionCount } = this.#state.settings
    this.#publish(map, key, partitionOf(key, partitionCount), sequence)
    if (all) this.#o.listeners.publish(map, this.allChanged(map))
  }

  #publish(map: string, key: Data, partition: number, sequence: number): void {
    const partitionUuid = partitionUuidIn(this.#state, partition)
    this.#o.listeners.publish(map, { ...invalidated, key, memberId: this.#o.self, invalidation: { partitionUuid, sequence } })
  }

  get #state(): ClusterState {
    return this.#o.control.state()
  }

  /** Clients count such an event for the partition of the map's name. */
  allChanged(map: string, at: MemberId = this.#o.self): DataEntryEvent {
    const state = this.#state
    const partition = partitionOf(this.#o.serialization.toData(map), state.settings.partitionCount)
    const invalidation = { partitionUuid: partitionUuidIn(state, partition), sequence: 0 }
    return { ...invalidated, key: null, memberId: at, invalidation }
  }

  onStateChange(state: ClusterState, before: ClusterState): void {
    if (state.groups !== before.groups) this.#tellNewOwner(state, before)
    if (state.maps === before.maps) return
    for (const [name, { id }] of before.maps) {
      if (state.maps.get(name)?.id !== id) this.#o.listeners.tellHere(name, this.allChanged(name))
    }
  }

  /** Who owns a partition from now on says so to the caches of all its maps. */
  #tellNewOwner(state: ClusterState, before: ClusterState): void {
    const { self } = this.#o
    const { partitionCount } = state.settings
    const maps = [...state.maps].filter(([name]) => this.wanted(name))
    if (maps.length === 0) return
    state.groups.forEach((group, index) => {
      if (group.primary !== self || group.epoch === before.groups[index]?.epoch) return
      const [classIndex, partition] = [Math.floor(index / partitionCount), index % partitionCount]
      for (const [name, declared] of maps) {
        if (declared.classIndex === classIndex) {
          this.#publish(name, partitionMarker(partition, partitionCount), partition, 0)
        }
      }
    })
  }

  /** What a member sent by the connection that this one replaces may be lost. */
  onLinkAnew(from: MemberId): void {
    const { listeners } = this.#o
    for (const map of listeners.mapsHere(eventType.invalidated)) listeners.tellHere(map, this.allChanged(map, from))
  }

  // --- what an owner knows

  async state(maps: readonly string[], member: string): Promise<InvalidationState> {
    const { self } = this.#o
    const asked = this.#state.members.find(m => m.id === member)
    const found = asked === undefined ? nothingKnown : asked.id === self ? this.#own(maps) : await this.#ask(asked.id, maps)
    const changesOf = new Map(found.sequences)
    // clients rely on an item for each map
    return { ...found, sequences: maps.map(map => [map, changesOf.get(map) ?? []]) }
  }

  #ask(member: MemberId, maps: readonly string[]): Promise<InvalidationState> {
    const { clock, links } = this.#o
    const request = ++this.#requests
    return new Promise(resolve => {
      const timer = clock.after(answerLimitMs, () => this.#answered(request, nothingKnown))
      this.#asked.set(request, state => {
        timer.cancel()
        resolve(state)
      })
      links.send(member, 'cachesAsk', { request, maps })
    })
  }

  #answered(request: number, state: InvalidationState): void {
    this.#asked.get(request)?.(state)
    this.#asked.delete(request)
  }

  /** Only of what this member owns for sure: an owner of the past would lead caches back. */
  #own(maps: readonly string[]): InvalidationState {
    const { clock, control } = this.#o
    const state = this.#state
    const isLeased = control.leaseUntilMs() > clock.monotonicMs() && state.index >= control.leaseIndex()
    if (!isLeased) return nothingKnown
    const owned = new Set<number>()
    const sequences = maps.map(map => [map, this.#changes(state, map, owned)] as const)
    return { sequences, partitionUuids: [...owned].map(partition => [partition, partitionUuidIn(state, partition)]) }
  }

  #changes(state: ClusterState, map: string, owned: Set<number>): [number, number][] {
    const declared = state.maps.get(map)
    if (declared === undefined) return []
    const { partitionCount } = state.settings
    const groups = this.#o.groups()
    const changes: [number, number][] = []
    for (let partition = 0; partition < partitionCount; partition++) {
      const replica = groups.get(groupId(declared.classIndex * partitionCount + partition))
      if (replica === undefined || replica.primary === null || !(replica.data instanceof GroupMaps)) continue
      owned.add(partition)
      const sequence = replica.data.shard(declared.id)?.changes ?? 0
      if (sequence > 0) changes.push([partition, sequence])
    }
    return changes
  }

  onAsk(from: MemberId, { request, maps }: MemberMessage<'cachesAsk'>): void {
    const { sequences, partitionUuids } = this.#own(maps)
    this.#o.links.send(from, 'cachesSaid', {
      request,
      sequences: sequences.map(([map, changes]) => ({
        map,
        changes: changes.map(([partition, sequence]) => ({ partition, sequence })),
      })),
      partitionUuids: partitionUuids.map(([partition, uuid]) => ({ partition, uuid })),
    })
  }

  onSaid({ request, sequences, partitionUuids }: MemberMessage<'cachesSaid'>): void {
    this.#answered(request, {
      sequences: sequences.map(({ map, changes }) => [map, changes.map(c => [c.partition, c.sequence] as const)]),
      partitionUuids: partitionUuids.map(({ partition, uuid }) => [partition, uuid]),
    })
  }

  close(): void {
    for (const request of [...this.#asked.keys()]) this.#answered(request, nothingKnown)
  }
}

const invalidated = { type: eventType.invalidated, value: null, oldValue: null, affected: 0 }

/**
 * One for all maps, because clients compare it for all of theirs: it changes with every owner of the partition, of any
 * backup class, and whenever a map is destroyed, since its successor of that name counts anew.
 */
function partitionUuidIn({ settings, groups, maps, nextMapId }: ClusterState, partition: number): string {
  const { clusterId, partitionCount } = settings
  let generation = nextMapId - maps.size
  for (let index = partition; index < groups.length; index += partitionCount) generation += groups[index]?.epoch ?? 0
  return `${clusterId.slice(0, 24)}${hex(partition, 5)}${hex(generation, 7)}`
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0').slice(-digits)
