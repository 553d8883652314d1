/** What merging the sides of a divided cluster has given up: the last of it with both versions, and how much in all. */

import type { MergeConflict } from '../api/admin.js'
import type { Log } from '../env/env.js'
import type { DataConflict } from '../map/merging.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { Emitter } from './emitter.js'

/** Kept for `admin.conflicts`; each holds two values. */
const keptMax = 1_000

export class Conflicts {
  readonly #kept: MergeConflict[] = []
  readonly #emitter: Emitter
  readonly #log: Log
  total = 0

  constructor(emitter: Emitter, log: Log) {
    this.#emitter = emitter
    this.#log = log
  }

  note(map: string, conflicts: readonly DataConflict[], serialization: SerializationService): void {
    if (conflicts.length === 0) return
    this.total += conflicts.length
    this.#log.warn('merge.conflicts', { map, conflicts: conflicts.length, total: this.total })
    const read = (data: Uint8Array | null): unknown => (data === null ? null : readable(data, serialization))
    for (const { key, kept, existing, incoming } of conflicts) {
      const conflict = { map, key: read(key), kept, existing: read(existing), incoming: read(incoming) }
      this.#kept.push(conflict)
      this.#emitter.emit('mergeConflict', conflict)
    }
    this.#kept.splice(0, this.#kept.length - keptMax)
  }

  list(): readonly MergeConflict[] {
    return [...this.#kept]
  }
}

/** Values of clients in other languages may be none that this process can read. */
function readable(data: Uint8Array, serialization: SerializationService): unknown {
  try {
    return serialization.toObject(data)
  } catch {
    return data.slice()
  }
}
