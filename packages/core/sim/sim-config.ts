/** Configurations for simulated members, drawn within what production allows: small numbers make rare moments frequent. */

import type { Config, Knobs, MapConfig } from '../src/api/config.js'

export interface SimMapOptions {
  readonly name: string
  readonly backupCount: number
  readonly asyncBackupCount: number
  readonly readBackupData: boolean
  /** There is an index of the values. */
  readonly isIndexed?: boolean
}

function simMapConfig({ isIndexed = false, ...options }: SimMapOptions): MapConfig {
  return {
    ...options,
    timeToLiveSeconds: 0,
    maxIdleSeconds: 0,
    statisticsEnabled: true,
    perEntryStatsEnabled: false,
    inMemoryFormat: 'BINARY',
    eviction: { size: 0, maxSizePolicy: 'PER_NODE', evictionPolicy: 'NONE' },
    indexes: isIndexed ? [{ type: 'SORTED', attributes: ['this'] }] : [],
    mergePolicy: { className: 'PutIfAbsentMergePolicy', batchSize: 100 },
    other: {},
  }
}

const simKnobs: Knobs = {
  partitionCount: 7,
  clientHeartbeatTimeoutMs: 60_000,
  clientCleanupTimeoutMs: 5_000,
  queryResultSizeMax: -1,
  callTimeoutMs: 10_000,
  gracefulShutdownMaxWaitMs: 60_000,
  leaseMs: 1000,
  heartbeatIntervalMs: 125,
  suspectAfterMs: 1500,
  backupAckTimeoutMs: 500,
  initialMinClusterSize: 1,
  foundsCluster: 'true',
  httpRemoteAccess: 'false',
  storeMegabytes: 0,
  minSync: -1,
  backupReadMaxAgeMs: 0,
  readMode: 'lease',
  consistency: 'strict',
  forkAfterMs: 3_000,
  invalidationBatch: 'true',
  invalidationBatchMax: 100,
  invalidationBatchMs: 0,
  joinWindowMs: 500,
}

/** Members find each other by `seeds`, a list of `host:port`. */
export function simConfig(
  seeds: readonly string[],
  maps: readonly SimMapOptions[],
  knobs: Partial<Knobs> = {},
  liteMember = false,
): Config {
  // as many losses are survived by the partitions of the map that nobody uses as by those of the others
  const backupCount = Math.max(1, ...maps.map(map => map.backupCount))
  const standard = { name: 'default', backupCount, asyncBackupCount: 0, readBackupData: false }
  return {
    clusterName: 'sim',
    liteMember,
    network: {
      port: 5701,
      portAutoIncrement: true,
      portCount: 20,
      reuseAddress: false,
      interfaces: { enabled: false, patterns: [] },
      join: {
        autoDetection: { enabled: false },
        multicast: {
          enabled: false,
          group: '224.2.2.3',
          port: 54_327,
          timeoutSeconds: 2,
          timeToLive: 32,
          trustedInterfaces: [],
        },
        tcpIp: { enabled: true, members: seeds, connectionTimeoutSeconds: 5 },
        dns: { enabled: false, name: '', port: 5701 },
      },
      tls: null,
    },
    security: { clients: null, members: null },
    partitionGroup: { enabled: false, type: 'PER_MEMBER' },
    maps: new Map([standard, ...maps].map(options => [options.name, simMapConfig(options)])),
    properties: new Map(),
    knobs: { ...simKnobs, ...knobs },
    withoutEffect: [],
  }
}
