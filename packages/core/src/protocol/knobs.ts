/** `<properties>` with effect: one row each. Names are Hazelcast's where it has the same thing, ours otherwise. */

import type { Knobs } from '../api/config.js'

type NumberKnob = Exclude<keyof Knobs, WordKnob>
type WordKnob = 'readMode' | 'consistency' | 'invalidationBatch' | 'foundsCluster' | 'httpRemoteAccess'

export interface KnobRow {
  readonly property: string
  readonly knob: NumberKnob
  readonly default: number
  readonly min: number
  readonly max: number
  /** Of the property; the knob counts in `unit * factor`. */
  readonly unit: string
  readonly factor: number
  readonly doc: string
}

const row = (
  property: string,
  knob: NumberKnob,
  unit: string,
  values: readonly [value: number, min: number, max: number],
  doc: string,
): KnobRow => ({
  property,
  knob,
  default: values[0],
  min: values[1],
  max: values[2],
  unit,
  factor: unit === 'seconds' ? 1000 : 1,
  doc,
})

const DAY = 86_400_000

export const knobRows: readonly KnobRow[] = [
  row('hazelcast.partition.count', 'partitionCount', 'partitions', [271, 1, 100_000], 'must be one in a cluster'),
  row(
    'hazelcast.client.max.no.heartbeat.seconds',
    'clientHeartbeatTimeoutMs',
    'seconds',
    [60, 1, 86_400],
    'a client silent for so long is closed',
  ),
  row(
    'hazelcast.client.cleanup.timeout.millis',
    'clientCleanupTimeoutMs',
    'ms',
    [5_000, 0, DAY],
    'how long a client that is connected to no member keeps its locks (Hazelcast: 120 seconds)',
  ),
  row('hazelcast.operation.call.timeout.millis', 'callTimeoutMs', 'ms', [60_000, 1, DAY], 'after which a call fails'),
  row(
    'hazelcast.graceful.shutdown.max.wait',
    'gracefulShutdownMaxWaitMs',
    'seconds',
    [600, 0, 86_400],
    'to hand everything over on leaving',
  ),
  row(
    'hazelcast.initial.min.cluster.size',
    'initialMinClusterSize',
    'members',
    [1, 0, 1_000],
    'the cluster is not founded with fewer; a start gives up after five minutes',
  ),
  row(
    'hazelcast.query.result.size.limit',
    'queryResultSizeMax',
    'entries',
    [-1, -1, 2_147_483_647],
    'a query that finds more fails; -1 = no limit',
  ),
  row(
    'hazelcast.map.invalidation.batch.size',
    'invalidationBatchMax',
    'entries',
    [100, 1, 10_000],
    'changes that near caches of clients are told of in one message, at most',
  ),
  row(
    'hazelcast.map.invalidation.batchfrequency.seconds',
    'invalidationBatchMs',
    'seconds',
    [0, 0, 3_600],
    'how long such a message may be gathered; 0 = what is committed at once is told at once (Hazelcast waits up to 10)',
  ),
  row(
    'cobnut.lease.millis',
    'leaseMs',
    'ms',
    [2_000, 100, 60_000],
    'how long an owner may answer reads by itself; must be one in a cluster',
  ),
  row(
    'cobnut.heartbeat.interval.millis',
    'heartbeatIntervalMs',
    'ms',
    // half of the silence after which a follower stands for election
    [250, 10, 500],
    'between signs of life; at most half of `cobnut.lease.millis`, and less than half of `cobnut.suspect.after.millis`',
  ),
  row(
    'cobnut.suspect.after.millis',
    'suspectAfterMs',
    'ms',
    [3_000, 100, 600_000],
    'a silent member is removed, once its lease is over',
  ),
  row(
    'cobnut.backup.ack.timeout.millis',
    'backupAckTimeoutMs',
    'ms',
    [1_000, 50, 600_000],
    'a backup silent for so long is asked to be removed',
  ),
  row(
    'cobnut.store.megabytes',
    'storeMegabytes',
    'MiB',
    [0, 0, 16_777_216],
    'what entries may take on this member, for limits in bytes; 0 = half of the memory of its machine or container',
  ),
  row(
    'cobnut.min.sync',
    'minSync',
    'copies',
    [-1, -1, 6],
    'backups that a write must have: -1 = backup-count, as far as there are members; what the founder says counts',
  ),
  row(
    'cobnut.backup.read.max.age.millis',
    'backupReadMaxAgeMs',
    'ms',
    [0, -1, DAY],
    'how old the answer of a backup may be where `read-backup-data` is on: 0 = never old, -1 = as old as the copy',
  ),
  row(
    'cobnut.fork.after.seconds',
    'forkAfterMs',
    'seconds',
    [60, 1, 86_400],
    'with `cobnut.consistency` available: a side of a divided cluster that nobody leads goes on alone after so long',
  ),
  row(
    'cobnut.join.window.millis',
    'joinWindowMs',
    'ms',
    [2_000, 0, 600_000],
    'how long a start looks for others where it cannot know',
  ),
]

export interface WordRow {
  readonly property: string
  readonly knob: WordKnob
  /** The first is the default. */
  readonly words: readonly [string, ...string[]]
  readonly doc: string
}

const wordRow = <K extends WordKnob>(property: string, knob: K, words: readonly [Knobs[K], Knobs[K]], doc: string): WordRow => ({
  property,
  knob,
  words,
  doc,
})

export const wordRows: readonly WordRow[] = [
  wordRow(
    'hazelcast.map.invalidation.batch.enabled',
    'invalidationBatch',
    ['true', 'false'],
    'false: near caches of clients get one message for each change',
  ),
  wordRow(
    'cobnut.founds.cluster',
    'foundsCluster',
    ['true', 'false'],
    'false: waits, five minutes at most, for a cluster to join, and does not count for `hazelcast.initial.min.cluster.size`',
  ),
  wordRow(
    'cobnut.http.remote.access',
    'httpRemoteAccess',
    ['false', 'true'],
    'true: entries, `where`, conflicts and orders over HTTP for callers of other hosts too; else only for those of its own host',
  ),
  wordRow(
    'cobnut.read.mode',
    'readMode',
    ['lease', 'confirm'],
    'owners answer reads under a lease, or ask the in-sync copies first: a round trip more, and no clock is relied on',
  ),
  wordRow(
    'cobnut.consistency',
    'consistency',
    ['strict', 'available'],
    "available: each side of a divided cluster goes on, and merge policies decide when they meet again; the founder's counts",
  ),
]

/** Properties with effect that are any text. */
export const textProperties: Readonly<Record<string, string>> = {
  'cobnut.join.dns': 'every address of this name is asked; as `name` of `network.join.dns`',
  'cobnut.client.username': 'clients have to give it, with the password',
  'cobnut.client.password': 'see cobnut.client.username',
  'cobnut.http.host.names': 'names by which the member may be asked over HTTP, beside addresses and localhost; with commas',
}
