/**
 * What a member owned of one group when its side of a divided cluster gave way. It belongs to no cluster any more, nobody changes
 * it, and it is nowhere else: it is kept until the other side has it, whichever side that is in the end.
 */

import type { GroupId } from '../base/ids.js'
import type { ClusterState, DeclaredMap } from '../control/cluster-state.js'
import type { GroupMaps } from '../map/group-maps.js'
import { removedAt, type Version } from '../map/merging.js'
import type { Shard } from '../map/shard.js'
import { keyHash } from '../serialization/data.js'
import { KeyTable } from '../storage/key-table.js'

export interface Holding {
  /** As the side numbers it: of classes that were there before the division every side has the same numbers. */
  readonly group: GroupId
  readonly partition: number
  /** With which the side went on alone; 0 = the group is none of before the division. */
  readonly epoch: number
  /** Those of which there is something to send. */
  readonly maps: readonly HeldMap[]
}

export interface HeldMap {
  readonly name: string
  /** By the side. */
  readonly declared: DeclaredMap
  /** Since the side went on alone, removals included. Beyond what is remembered by key, every entry counts as changed. */
  readonly changed: Unsent
  /** The others. */
  readonly unchanged: Unsent
}

export type Entry = readonly [key: Uint8Array, version: Version]

/** Entries in an order that stays. They are read anew each time, because everything that is held would be much at once. */
export class Unsent {
  readonly #all: () => readonly Entry[]
  #sent = 0

  constructor(all: () => readonly Entry[]) {
    this.#all = all
  }

  left(): readonly Entry[] {
    return this.#all().slice(this.#sent)
  }

  /** So many more of the first ones are there: sent once more, they could undo what was written after them. */
  onSent(count: number): void {
    this.#sent += count
  }
}

/** @param state of the side, as the member knew it last. */
export function holdingOf({ maps, settings }: ClusterState, group: GroupId, data: GroupMaps): Holding {
  const held = [...maps].flatMap(([name, declared]) => {
    const shard = data.shard(declared.id)
    return shard === undefined || (shard.store.size === 0 && shard.forkChanges === null) ? [] : [heldMap(name, declared, shard)]
  })
  const epoch = settings.fork?.epochs[group] ?? 0
  return { group, partition: group % settings.partitionCount, epoch, maps: held }
}

const heldMap = (name: string, declared: DeclaredMap, shard: Shard): HeldMap => ({
  name,
  declared,
  changed: new Unsent(() => changedIn(shard).entries),
  unchanged: new Unsent(() => {
    const changed = changedIn(shard)
    return entriesIn(shard, key => !changed.has(key))
  }),
})

interface Changed {
  readonly entries: readonly Entry[]
  has(key: Uint8Array): boolean
}

function changedIn(shard: Shard): Changed {
  const { store, forkChanges } = shard
  const known = new KeyTable<true>()
  const removed: Entry[] = []
  forkChanges?.each((key, hash, removedMs) => {
    known.set(key, hash, true)
    if (store.find(key, hash) < 0) removed.push([key, { value: null, meta: removedAt(removedMs) }])
  })
  const has = (key: Uint8Array): boolean => forkChanges?.isFull === true || known.get(key, keyHash(key)) !== undefined
  return { has, entries: known.size === 0 ? [] : [...removed, ...entriesIn(shard, has)] }
}

function entriesIn({ store }: Shard, wanted: (key: Uint8Array) => boolean): Entry[] {
  const entries: Entry[] = []
  for (let cursor = 0; cursor !== -1; ) {
    cursor = store.scan(cursor, 1024, ref => {
      const key = store.key(ref)
      if (wanted(key)) entries.push([key, { value: store.value(ref), meta: store.meta(ref) }])
    })
  }
  return entries
}
