/** Configurations that clients add while the cluster runs. What would silently do nothing is refused instead. */

import type { IndexType, MapConfigInput, MergePolicyName } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { RequestOf } from '../protocol/client-row.js'
import type { dynamicConfigTable } from '../protocol/dynamic-config-table.js'
import type { HandlersOf } from './handlers.js'

type Request = RequestOf<typeof dynamicConfigTable.addMapConfig>

/** By the numbers that clients send. */
const indexTypes: readonly IndexType[] = ['SORTED', 'HASH', 'BITMAP']
const transformations = ['OBJECT', 'LONG', 'RAW'] as const

/** Of other members' or clients' code, or of services that are not here. */
const refused = {
  listeners: 'entry listeners of a configuration',
  partitionLostListeners: 'partition lost listeners of a configuration',
  wanReplication: 'WAN replication',
  attributes: 'attributes that a class computes',
  queryCaches: 'query caches',
} as const satisfies Partial<Record<keyof Request, string>>

export function dynamicConfigHandlers(
  add: (name: string, config: MapConfigInput) => Promise<void>,
): HandlersOf<typeof dynamicConfigTable> {
  return { addMapConfig: q => add(q.name, configOf(q)) }
}

/** Values that are not allowed are found where those of a file are. */
function configOf(q: Request): MapConfigInput {
  for (const [field, what] of Object.entries(refused)) {
    if (q[field as keyof typeof refused]) throw new CobnutError('UNSUPPORTED', `the map ${q.name}: ${what} cannot be added here`)
  }
  if (q.mapStore?.enabled) throw new CobnutError('UNSUPPORTED', `the map ${q.name}: a map store cannot be added here`)
  if (q.splitBrainProtection !== null) {
    throw new CobnutError('UNSUPPORTED', `the map ${q.name}: split-brain protection belongs into the configuration of members`)
  }
  const { backupCount, asyncBackupCount, readBackupData, timeToLiveSeconds, maxIdleSeconds, statisticsEnabled } = q
  const {
    size = 0,
    maxSizePolicy = 'PER_NODE',
    evictionPolicy = 'NONE',
    comparatorClass = null,
    comparator = null,
  } = q.eviction ?? {}
  if (comparatorClass !== null || comparator !== null) {
    const what = comparatorClass === null ? 'an order of its own is a Java object' : `${comparatorClass} is a Java class`
    throw new CobnutError('UNSUPPORTED', `the map ${q.name}: ${what}, and cannot choose what is evicted`)
  }
  return {
    ...{ backupCount, asyncBackupCount, readBackupData, timeToLiveSeconds, maxIdleSeconds, statisticsEnabled },
    perEntryStatsEnabled: q.perEntryStatsEnabled ?? false,
    inMemoryFormat: q.inMemoryFormat as 'BINARY',
    eviction: {
      // clients say "no limit" by the largest number
      size: size === 0x7fff_ffff ? 0 : size,
      maxSizePolicy: maxSizePolicy as 'PER_NODE',
      evictionPolicy: evictionPolicy as 'NONE',
    },
    mergePolicy: { className: q.mergePolicy as MergePolicyName, batchSize: q.mergeBatchSize },
    indexes: (q.indexes ?? []).map(({ name, type, attributes, bitmapOptions }) => ({
      ...(name === null ? {} : { name }),
      type: indexTypes[type] ?? (String(type) as 'SORTED'),
      attributes,
      ...(bitmapOptions === null || indexTypes[type] !== 'BITMAP'
        ? {}
        : {
            uniqueKey: bitmapOptions.uniqueKey,
            uniqueKeyTransformation: transformations[bitmapOptions.transformation] ?? 'OBJECT',
          }),
    })),
  }
}
