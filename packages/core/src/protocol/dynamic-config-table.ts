/** The part of the client protocol's table by which clients add configurations: see `client-table.ts`. */

import { bool, type Framed, int, list, nullable, optional, string } from './client-fields.js'
import { empty, once, struct } from './client-row.js'

/** Something that has no effect here: whether there is anything in it is all that is read. Java clients send empty lists. */
const given: Framed<boolean> = {
  read: from => {
    if (from.takeNull()) return false
    from.takeBegin()
    const isGiven = !from.seesEnd()
    from.skipToEnd()
    return isGiven
  },
  write: (to, value) => {
    if (!value) {
      to.null()
      return
    }
    list(string).write(to, ['something'])
  },
}

const eviction = struct({
  size: int,
  maxSizePolicy: string,
  evictionPolicy: string,
  comparatorClass: nullable(string),
})
const index = struct({
  type: int,
  name: nullable(string),
  attributes: list(string),
  bitmapOptions: nullable(struct({ transformation: int, uniqueKey: string })),
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
      listeners: given,
      partitionLostListeners: given,
      statisticsEnabled: bool,
      splitBrainProtection: nullable(string),
      // a Java client sends one that is switched off
      mapStore: nullable(struct({ enabled: bool })),
      nearCache: given,
      wanReplication: given,
      indexes: nullable(list(index)),
      attributes: given,
      queryCaches: given,
      // persistence, strategies, journals and hashes follow: without effect here, as in a file
      metadataPolicy: int,
      perEntryStatsEnabled: optional(bool),
    },
    empty,
  ),
} as const
