/**
 * How calls of one map reach the groups that hold its keys: one key, several, or all of the map. Calls are counted here.
 */

import { CobnutError, type ErrorCode, isCobnutError } from '../base/errors.js'
import { type GroupId, groupId } from '../base/ids.js'
import { Writer } from '../codec/writer.js'
import type { DeclaredMap } from '../control/cluster-state.js'
import type { Clock } from '../env/env.js'
import { pause } from '../env/pause.js'
import type { Groups } from '../operation/groups.js'
import type { Invoker } from '../operation/invoker.js'
import { heedsLocks, type MapRequest, type OpCode, opCode, type Result } from '../operation/request.js'
import { keyHash, partitionHash, partitionOf } from '../serialization/data.js'
import type { Data, DataCall } from './data-map.js'
import { callerOf } from './lock-calls.js'
import type { LockHolders } from './lock-holders.js'
import type { CallKind, MapStats } from './map-stats.js'

/** Bulk calls go out in requests of about this size, so that no group's log gets one giant record. */
const bulkBytesMax = 256 * 1024

/** An owner that has not heard of the end of a map is asked again after so long. */
const askAgainMs = 20
const endedCodes: readonly ErrorCode[] = ['MAP_DESTROYED', 'PARTITION_LOST', 'UNAVAILABLE']

export interface MapCallsOptions {
  readonly clock: Clock
  readonly groups: Groups
  readonly invoker: Invoker
  readonly holders: LockHolders
  readonly callTimeoutMs: number
  /** Resolves to what the cluster has decided about this map; declares it on first use. */
  readonly declare: (name: string) => Promise<DeclaredMap>
}

const noItems: readonly Uint8Array[] = []
const nothing: Partial<MapRequest> = {}

export class MapCalls {
  readonly #name: string
  readonly #options: MapCallsOptions
  readonly #stats: MapStats

  constructor(name: string, options: MapCallsOptions, stats: MapStats) {
    this.#name = name
    this.#options = options
    this.#stats = stats
  }

  declared(): DeclaredMap | undefined {
    return this.#options.groups.state.maps.get(this.#name)
  }

  /** Declares it, when nobody has used it so far. */
  known(): Promise<DeclaredMap> | DeclaredMap {
    return this.declared() ?? this.#options.declare(this.#name)
  }

  partitionOf(key: Data): number {
    return partitionOf(plainKey(key), this.#options.groups.state.settings.partitionCount)
  }

  groupOf(map: DeclaredMap, key: Data): GroupId {
    const { partitionCount } = this.#options.groups.state.settings
    return groupId(map.classIndex * partitionCount + partitionOf(key, partitionCount))
  }

  request(map: DeclaredMap, op: OpCode, key: Data | null, more: Partial<MapRequest> = nothing): MapRequest {
    const { value = null, expected = null, ttlMs = -1, maxIdleMs = -1, items = noItems, caller } = more
    return { op, mapId: map.id, key, value, expected, ttlMs, maxIdleMs, items, caller }
  }

  invoke(group: GroupId, request: MapRequest, call: DataCall | undefined): Promise<Result> {
    const { clock, invoker, callTimeoutMs } = this.#options
    const timeoutMs = call?.timeoutMs ?? callTimeoutMs
    const startedMs = clock.monotonicMs()
    const options = {
      timeoutMs,
      signal: call?.signal,
      onDurable: call?.onDurable,
      session: call?.session,
      onOrphan: request.op === opCode.lock ? (token: Result) => this.#letGo(group, request, token) : undefined,
    }
    return invoker.invoke(group, request, options).catch(async (error: unknown) => {
      const leftMs = timeoutMs - (clock.monotonicMs() - startedMs)
      if (!isCobnutError(error, 'MAP_DESTROYED') || leftMs <= 0) throw error
      // nothing was done: it is asked of the map that takes the name of the one that was destroyed
      const map = await this.#successor(request.mapId)
      const { partitionCount } = this.#options.groups.state.settings
      const successors = groupId(map.classIndex * partitionCount + (group % partitionCount))
      return this.invoke(successors, { ...request, mapId: map.id }, { ...call, timeoutMs: leftMs })
    })
  }

  #successor(mapId: number): Promise<DeclaredMap> | DeclaredMap {
    const map = this.declared()
    return map === undefined || map.id === mapId ? this.#options.declare(this.#name) : map
  }

  /**
   * Resolves when no owner takes calls of this destroyed map any more: one that had not heard of its end could acknowledge a
   * write, which would then be gone.
   */
  async ended(map: DeclaredMap): Promise<void> {
    const { clock, groups, invoker, callTimeoutMs } = this.#options
    const { partitionCount } = groups.state.settings
    const request = this.request(map, opCode.size, null)
    const refused = async (group: GroupId): Promise<void> => {
      // whoever owns a group that has no owner now will have heard of it
      while (groups.state.groups[group]?.status === 'ok') {
        try {
          await invoker.invoke(group, request, { timeoutMs: callTimeoutMs })
          await pause(clock, askAgainMs)
        } catch (error) {
          if (error instanceof CobnutError && endedCodes.includes(error.code)) return
          throw error
        }
      }
    }
    const first = map.classIndex * partitionCount
    await Promise.all(Array.from({ length: partitionCount }, (_, p) => refused(groupId(first + p))))
  }

  /** A lock may have been granted to a call that nobody waited for any more. */
  #letGo(group: GroupId, { caller, ...lock }: MapRequest, token: Result): void {
    if (typeof token !== 'number') return
    const expected = new Writer(8)
    expected.f64(token)
    const nobodysCall = caller && { ...caller, referenceId: 0 }
    const request = { ...lock, op: opCode.letGo, ttlMs: -1, expected: expected.take(), caller: nobodysCall }
    // what refuses it for good has lost the lock as well
    this.#options.invoker.invoke(group, request, { timeoutMs: Number.POSITIVE_INFINITY }).catch(() => {})
  }

  single(kind: CallKind, op: OpCode, key: Data, call: DataCall | undefined, more?: Partial<MapRequest>): Promise<Result> {
    const map = this.declared()
    if (map !== undefined) return this.#singleIn(map, kind, op, key, call, more)
    return this.#options.declare(this.#name).then(declared => this.#singleIn(declared, kind, op, key, call, more))
  }

  #singleIn(
    map: DeclaredMap,
    kind: CallKind,
    op: OpCode,
    key: Data,
    call: DataCall | undefined,
    more: Partial<MapRequest> | undefined,
  ): Promise<Result> {
    const startedMs = this.#options.clock.monotonicMs()
    const asks = heedsLocks(op) || op === opCode.unlock
    const caller = asks ? callerOf(this.#options.holders, call) : undefined
    const request = this.request(map, op, plainKey(key), caller === undefined ? more : { ...more, caller })
    return this.invoke(this.groupOf(map, key), request, call).then(result => {
      this.count(kind, startedMs)
      return result
    })
  }

  /** One request per group and about `bulkBytesMax`; all at once. `entries` are the items of one key each, the key first. */
  async bulk(
    kind: CallKind,
    op: OpCode,
    entries: readonly (readonly Data[])[],
    call: DataCall | undefined,
    value: Data | null = null,
  ): Promise<Result[]> {
    if (entries.length === 0) return []
    const map = await this.known()
    const startedMs = this.#options.clock.monotonicMs()
    const batches = new Map<GroupId, { items: Data[]; bytes: number }>()
    const calls: Promise<Result>[] = []
    const send = (group: GroupId, items: readonly Data[]): void => {
      calls.push(this.invoke(group, this.request(map, op, null, { items, value }), call))
    }
    for (const entry of entries) {
      const [key, ...rest] = entry as [Data, ...Data[]]
      const group = this.groupOf(map, key)
      let batch = batches.get(group)
      if (batch === undefined || batch.bytes > bulkBytesMax) {
        if (batch !== undefined) send(group, batch.items)
        batch = { items: [], bytes: 0 }
        batches.set(group, batch)
      }
      batch.items.push(plainKey(key), ...rest)
      for (const item of entry) batch.bytes += item.length
    }
    for (const [group, { items }] of batches) send(group, items)
    const results = await settled(calls)
    this.count(kind, startedMs, entries.length)
    return results
  }

  async inPartition(partition: number, op: OpCode, call: DataCall | undefined, more: Partial<MapRequest>): Promise<Result> {
    const map = await this.known()
    const { partitionCount } = this.#options.groups.state.settings
    if (!(partition >= 0 && partition < partitionCount)) throw new CobnutError('ARGUMENT', `there is no partition ${partition}`)
    const startedMs = this.#options.clock.monotonicMs()
    const group = groupId(map.classIndex * partitionCount + partition)
    const result = await this.invoke(group, this.request(map, op, null, more), call)
    this.count('other', startedMs)
    return result
  }

  async everywhere(op: OpCode, call: DataCall | undefined, more: Partial<MapRequest> = nothing): Promise<Result[]> {
    const map = await this.known()
    const startedMs = this.#options.clock.monotonicMs()
    const { partitionCount } = this.#options.groups.state.settings
    const request = this.request(map, op, null, more)
    const calls: Promise<Result>[] = []
    for (let p = 0; p < partitionCount; p++) {
      calls.push(this.invoke(groupId(map.classIndex * partitionCount + p), request, call))
    }
    const results = await settled(calls)
    this.count('other', startedMs)
    return results
  }

  count(kind: CallKind, startedMs: number, count = 1): void {
    this.#stats.call(kind, this.#options.clock.monotonicMs() - startedMs, count)
  }
}

/** Waits for all, so that no part of a bulk call is still under way when the caller hears of a failure. */
async function settled(calls: readonly Promise<Result>[]): Promise<Result[]> {
  const outcomes = await Promise.allSettled(calls)
  const failures = outcomes.flatMap(o => (o.status === 'rejected' ? [o.reason as unknown] : []))
  const [first] = failures
  if (first === undefined) return outcomes.map(o => (o as PromiseFulfilledResult<Result>).value)
  const isUntouched =
    failures.length === calls.length && failures.every(f => f instanceof CobnutError && f.outcome === 'not-applied')
  if (first instanceof CobnutError && !isUntouched && first.outcome === 'not-applied') {
    throw new CobnutError(first.code, `${first.message} (other parts of the call may have been done)`, {
      cause: first.cause ?? first,
      outcome: 'unknown',
    })
  }
  throw first as unknown
}

/** Some clients write the content's own hash into the header, others leave it out: both mean the same key. */
export function plainKey(key: Data): Data {
  const explicit = partitionHash(key)
  if (explicit !== keyHash(key) || (key[0] === 0 && key[1] === 0 && key[2] === 0 && key[3] === 0)) return key
  const plain = key.slice()
  plain.fill(0, 0, 4)
  return plain
}

/** Keys and values that came in turns. */
export function pairs(items: readonly Data[]): [Data, Data][] {
  const out: [Data, Data][] = []
  for (let i = 0; i + 1 < items.length; i += 2) out.push([items[i] as Data, items[i + 1] as Data])
  return out
}
