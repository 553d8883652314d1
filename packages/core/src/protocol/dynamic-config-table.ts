/** The part of the client protocol's table by which clients add configurations: see `client-table.ts`. */

import { bool, bytes, type Framed, int, list, nullable, optional, string } from './client-fields.js'
import { empty, once, struct } from './client-row.js'
import { indexConfig } from './query-table.js'

/** Something that has no effect here: whether it was given is all that is read. */
const given: Framed<boolean> = {
  read: from => {
    if (from.takeNull()) return false
    from.takeBegin()
    from.skipToEnd()
    return true
  },
  write: (to, value) => {
    if (!value) {
      to.null()
      return
    }
    to.beginStruct()
    to.endStruct()
  },
}

/** As `given`, of a list: one without items is sent by clients that were given nothing. */
const givenItems: Framed<boolean> = {
  read: from => {
    if (from.takeNull()) return false
    from.takeBegin()
    if (from.takeEnd()) return false
    from.skipToEnd()
    return true
  },
  write: (to, value) => list(string).write(to, value ? ['something'] : []),
}

const eviction = struct({
  size: int,
  maxSizePolicy: string,
  evictionPolicy: string,
  comparatorClass: nullable(string),
  comparator: nullable(bytes),
})

export const dynamicConfigTable = {
  addMapConfig: once(
    0x1b0c00,
    {
      name: string,
      backupCount: int,
      asyncBackupCount: int,
      timeToLiveSeconds: int,
      maxIdleSeconds: int,
      eviction: nullable(eviction),
      readBackupData: bool,
      cacheDeserializedValues: string,
      mergePolicy: string,
      mergeBatchSize: int,
      inMemoryFormat: string,
      listeners: givenItems,
      partitionLostListeners: givenItems,
      statisticsEnabled: bool,
      splitBrainProtection: nullable(string),
      // the Java client always sends one
      mapStore: nullable(struct({ enabled: bool })),
      nearCache: given,
      wanReplication: given,
      indexes: nullable(list(indexConfig)),
      attributes: givenItems,
      queryCaches: givenItems,
      // persistence, strategies, journals and hashes follow: without effect here, as in a file
      metadataPolicy: int,
      perEntryStatsEnabled: optional(bool),
    },
    empty,
  ),
} as const
