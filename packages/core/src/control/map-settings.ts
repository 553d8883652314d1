/** What of a map's configuration must be one in a cluster, and where two of them differ. */

import type { MapConfig } from '../api/config.js'
import type { MapSettings } from './cluster-state.js'

export const settingsOf = (config: MapConfig): MapSettings => ({
  backupCount: config.backupCount,
  asyncBackupCount: config.asyncBackupCount,
  inMemoryFormat: config.inMemoryFormat,
  readBackupData: config.readBackupData,
  timeToLiveMs: config.timeToLiveSeconds * 1000,
  maxIdleMs: config.maxIdleSeconds * 1000,
  perEntryStats: config.perEntryStatsEnabled,
  evictionPolicy: config.eviction.evictionPolicy,
  maxSizePolicy: config.eviction.maxSizePolicy,
  maxSize: config.eviction.size,
})

export const differences = (a: MapSettings, b: MapSettings): (keyof MapSettings)[] =>
  (Object.keys(a) as (keyof MapSettings)[]).filter(setting => a[setting] !== b[setting])
