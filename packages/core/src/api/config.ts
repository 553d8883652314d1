/**
 * The one validated configuration. `hazelcast.xml`, `hazelcast.yaml`, environment overrides and a typed object all end
 * here; nothing behind the config room knows where a value came from. Names and defaults are Hazelcast's.
 */

import type { Secret } from '../base/secret.js'

export const inMemoryFormats = ['BINARY', 'OBJECT'] as const
export type InMemoryFormat = (typeof inMemoryFormats)[number]
export const evictionPolicies = ['NONE', 'LRU', 'LFU', 'RANDOM'] as const
export type EvictionPolicy = (typeof evictionPolicies)[number]
/** Of one map: each costs every write. */
export const indexesMax = 64

export const maxSizePolicies = [
  'PER_NODE',
  'PER_PARTITION',
  'USED_HEAP_SIZE',
  'USED_HEAP_PERCENTAGE',
  'FREE_HEAP_SIZE',
  'FREE_HEAP_PERCENTAGE',
  'USED_NATIVE_MEMORY_SIZE',
  'USED_NATIVE_MEMORY_PERCENTAGE',
  'FREE_NATIVE_MEMORY_SIZE',
  'FREE_NATIVE_MEMORY_PERCENTAGE',
] as const
export type MaxSizePolicy = (typeof maxSizePolicies)[number]
export type IndexType = 'SORTED' | 'HASH' | 'BITMAP'
/** Simple names of the original's policies; the names of its classes mean the same. */
export type MergePolicyName =
  | 'PutIfAbsentMergePolicy'
  | 'PassThroughMergePolicy'
  | 'DiscardMergePolicy'
  | 'LatestUpdateMergePolicy'
  | 'LatestAccessMergePolicy'
  | 'HigherHitsMergePolicy'
  | 'ExpirationTimeMergePolicy'
export type PartitionGroupType = 'PER_MEMBER' | 'HOST_AWARE'

/** A map is not read, not written, or neither, while its owner sees fewer members with data. */
export interface SplitBrainProtection {
  readonly name: string
  readonly minimumClusterSize: number
  readonly protectOn: 'READ' | 'WRITE' | 'READ_WRITE'
}

export interface MapConfig {
  /** Exact name, a pattern with one `*`, or `default`. */
  readonly name: string
  /** Synchronous backups, 0..6, default 1. */
  readonly backupCount: number
  /** Asynchronous backups, 0..6, default 0; the sum with `backupCount` is at most 6. */
  readonly asyncBackupCount: number
  /** A member with a backup answers `get` itself. Default false. */
  readonly readBackupData: boolean
  /** 0 = live for ever. */
  readonly timeToLiveSeconds: number
  /** 0 = no idle limit. */
  readonly maxIdleSeconds: number
  readonly statisticsEnabled: boolean
  readonly perEntryStatsEnabled: boolean
  readonly inMemoryFormat: InMemoryFormat
  readonly eviction: { readonly size: number; readonly maxSizePolicy: MaxSizePolicy; readonly evictionPolicy: EvictionPolicy }
  readonly indexes: readonly {
    readonly name?: string
    readonly type: IndexType
    readonly attributes: readonly string[]
    readonly uniqueKey?: string
    readonly uniqueKeyTransformation?: 'OBJECT' | 'LONG' | 'RAW'
  }[]
  /** Undefined: none, or one that is switched off. */
  readonly splitBrainProtection?: SplitBrainProtection
  /** What wins when two sides of a divided cluster become one. Default `PutIfAbsentMergePolicy`, 100 entries at once. */
  readonly mergePolicy: { readonly className: MergePolicyName; readonly batchSize: number }
  /** Everything else of `<map>` that was read and has no effect yet, as plain values by element name. */
  readonly other: Readonly<Record<string, unknown>>
}

/** What can be said of a map while the cluster runs: as in `<map>`, with the same names and defaults. */
export type MapConfigInput = Partial<
  Pick<
    MapConfig,
    | 'backupCount'
    | 'asyncBackupCount'
    | 'readBackupData'
    | 'timeToLiveSeconds'
    | 'maxIdleSeconds'
    | 'statisticsEnabled'
    | 'perEntryStatsEnabled'
    | 'inMemoryFormat'
    | 'eviction'
    | 'indexes'
    | 'mergePolicy'
  >
>

export interface JoinConfig {
  readonly autoDetection: { readonly enabled: boolean }
  readonly multicast: {
    readonly enabled: boolean
    readonly group: string
    readonly port: number
    readonly timeoutSeconds: number
    readonly timeToLive: number
    readonly trustedInterfaces: readonly string[]
  }
  readonly tcpIp: {
    readonly enabled: boolean
    /** `host`, `host:port`, `[v6]:port`, or ranges as in `10.3.10.4-18`. */
    readonly members: readonly string[]
    readonly requiredMember?: string
    readonly connectionTimeoutSeconds: number
  }
  /** Every address that a DNS name resolves to (the Kubernetes `service-dns` property, or `cobnut.join.dns`). */
  readonly dns: { readonly enabled: boolean; readonly name: string; readonly port: number }
}

export interface NetworkConfig {
  /** Default 5701. */
  readonly port: number
  readonly portAutoIncrement: boolean
  /** Ports tried from `port` on. Default 100. */
  readonly portCount: number
  /** `host` or `host:port` that others are told; undefined = the address bound. */
  readonly publicAddress?: string
  readonly reuseAddress: boolean
  readonly interfaces: { readonly enabled: boolean; readonly patterns: readonly string[] }
  readonly join: JoinConfig
  /** Null: nothing is encrypted. */
  readonly tls: TlsConfig | null
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** `<ssl>`. Files are seen from the working directory, and read when the member starts. */
export interface TlsConfig {
  readonly material:
    | { readonly kind: 'pem'; readonly certificateFile: string; readonly keyFile: string; readonly password: Secret | null }
    | { readonly kind: 'pkcs12'; readonly file: string; readonly password: Secret | null }
  /** PEM. Null: the CAs of the store. */
  readonly caFile: string | null
  /** Of clients. Members always need a certificate of the CA. */
  readonly mutualAuthentication: 'NONE' | 'OPTIONAL' | 'REQUIRED'
  readonly min: TlsVersion
  readonly max: TlsVersion
  /** None: those of Node. */
  readonly cipherSuites: readonly string[]
  readonly validateIdentity: boolean
}

/** Who may log in. */
export interface Accounts {
  /** Passwords by the name of the user. */
  readonly users: ReadonlyMap<string, Secret>
  /** Accepted instead; bytes as characters of the same code. Null: none is. */
  readonly token: Secret | null
}

/** What a member proves to know: a password, or a token (then `user` is empty). */
export interface Identity {
  readonly user: string
  readonly secret: Secret
}

export interface MemberSecurity {
  readonly identity: Identity
  /** By user: what others have to prove to know. */
  readonly secrets: ReadonlyMap<string, Secret>
}

export interface SecurityConfig {
  /** Null: the name of the cluster is enough. */
  readonly clients: Accounts | null
  /** Null: the name of the cluster is enough. */
  readonly members: MemberSecurity | null
}

export interface Config {
  /** Default `dev`. */
  readonly clusterName: string
  readonly instanceName?: string
  readonly liteMember: boolean
  readonly network: NetworkConfig
  readonly security: SecurityConfig
  readonly partitionGroup: { readonly enabled: boolean; readonly type: PartitionGroupType }
  /** By name as written; look one up with `mapConfigFor`. Always holds `default`. */
  readonly maps: ReadonlyMap<string, MapConfig>
  /** `<properties>`: names as Hazelcast's (`hazelcast.partition.count`) or ours (`cobnut.*`), values as text, without secrets. */
  readonly properties: ReadonlyMap<string, string>
  /** The typed values of the properties that have effect here, defaults filled in. */
  readonly knobs: Knobs
  /** What was accepted and has no effect yet: path (`hazelcast.map[users].map-store`) and why. Reported once at start. */
  readonly withoutEffect: readonly { readonly path: string; readonly reason: string }[]
}

/** Values of `<properties>` with effect. Each row of the table in `protocol/knobs.ts` gives name, default, range and unit. */
export interface Knobs {
  /** `hazelcast.partition.count`, default 271; must be one in a cluster. */
  readonly partitionCount: number
  /** `hazelcast.client.heartbeat...`: a client silent for so long is closed. Default 60,000. */
  readonly clientHeartbeatTimeoutMs: number
  /** `hazelcast.client.cleanup.timeout.millis`: how long a client without any connection keeps its locks. Default 5,000. */
  readonly clientCleanupTimeoutMs: number
  /** `hazelcast.query.result.size.limit`: entries that a query may find; -1, the default, = any number. */
  readonly queryResultSizeMax: number
  /** `hazelcast.operation.call.timeout.millis`, default 60,000. */
  readonly callTimeoutMs: number
  /** `hazelcast.graceful.shutdown.max.wait` seconds, default 600. */
  readonly gracefulShutdownMaxWaitMs: number
  readonly foundsCluster: 'true' | 'false'
  /** `cobnut.http.remote.access`, default false. */
  readonly httpRemoteAccess: 'true' | 'false'
  /** `hazelcast.map.invalidation.batch.enabled`, `.size` and `batchfrequency.seconds`: default true, 100 and 0. */
  readonly invalidationBatch: 'true' | 'false'
  readonly invalidationBatchMax: number
  readonly invalidationBatchMs: number
  /** `cobnut.lease.millis`, default 2,000. */
  readonly leaseMs: number
  /** `cobnut.heartbeat.interval.millis`, default 250. */
  readonly heartbeatIntervalMs: number
  /** `cobnut.suspect.after.millis`, default 3,000. */
  readonly suspectAfterMs: number
  /** `cobnut.backup.ack.timeout.millis`: a backup silent for so long is asked to be removed. Default 1,000. */
  readonly backupAckTimeoutMs: number
  /** `hazelcast.initial.min.cluster.size`, default 1: the cluster is not founded, and nothing served, with fewer. */
  readonly initialMinClusterSize: number
  /** `cobnut.store.megabytes`: what eviction by size in bytes counts from; 0 = half of the memory that the process may use. */
  readonly storeMegabytes: number
  /** `cobnut.min.sync`: -1 = auto. */
  readonly minSync: number
  /** `cobnut.backup.read.max.age.millis`: how old the answer of a backup may be where a map reads backups. 0 = latest; -1 = any. */
  readonly backupReadMaxAgeMs: number
  /** `cobnut.read.mode`: owners answer reads under a lease, or ask the copies each time (no clock is relied on). */
  readonly readMode: 'lease' | 'confirm'
  /**
   * `cobnut.consistency`: `available` lets a side without a quorum go on after `forkAfterMs`, and merges the sides when they
   * meet again. The founder's counts in the whole cluster. Default `strict`: no side without a quorum serves anything.
   */
  readonly consistency: 'strict' | 'available'
  /** `cobnut.fork.after.seconds`, default 60. */
  readonly forkAfterMs: number
  /** `cobnut.join.window.millis`: how long a start looks for others before it founds a cluster. Default 2,000 (0 when alone by configuration). */
  readonly joinWindowMs: number
}
