/** A group of one map without a member around it, for tests of what operations do. */

import type { Condition, IndexDefinition } from '../../../src/api/query.js'
import { groupId } from '../../../src/base/ids.js'
import { Writer } from '../../../src/codec/writer.js'
import type { MapSettings } from '../../../src/control/cluster-state.js'
import { GroupMaps, type MapCatalog } from '../../../src/map/group-maps.js'
import type { InterceptorChain } from '../../../src/map/interceptors.js'
import { QueryContext } from '../../../src/map/query-context.js'
import { digits } from '../../../src/map/query-operations.js'
import { SizeLimits } from '../../../src/map/size-limits.js'
import { UserCode } from '../../../src/map/user-code.js'
import { type LogRecord, makeRecord } from '../../../src/operation/record.js'
import { type Caller, type MapRequest, type OpName, opCode, type Result } from '../../../src/operation/request.js'
import { encodePredicate } from '../../../src/query/predicate-codec.js'
import { writeCall } from '../../../src/serialization/function-call.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import { mapSettings } from '../control/plane-world.js'

interface Told {
  type: number
  key: string
  value: string | null
  oldValue: string | null
}

/** A group of one map, whose records go the way they go in a member: executed, logged, staged, and committed at will. */
export class Fixture {
  readonly told: Told[] = []
  /** Endpoints that come no more. */
  readonly gone = new Set<string>()
  /** Ids of maps. */
  readonly destroyed = new Set<number>()
  /** Key, number of the change, and whether all entries went. */
  readonly changes: string[] = []
  readonly data: GroupMaps
  readonly scratch = new Writer()
  readonly code = new UserCode()
  chain: InterceptorChain | null = null
  readonly indexes: readonly IndexDefinition[] = []
  readonly log: LogRecord[] = []
  committed = 0
  /** Of the last operation: the record that its answer waits for; 0 = none. */
  dependsOn = 0
  wallMs = 1_000_000
  /** Null: the cluster is not divided. */
  forkedMs: number | null = null

  readonly settings: MapSettings

  constructor(settings: Partial<MapSettings> = {}) {
    const all = { ...mapSettings, ...settings }
    this.settings = all
    const catalog: MapCatalog = {
      scratch: this.scratch,
      limits: new SizeLimits({
        measure: () => new Map([...this.data.shards()].map(([id, { store }]) => [id, store.bytes])),
        budgetBytes: 64 * 1024 * 1024,
        dataMembers: () => 1,
        partitionCount: () => 1,
      }),
      onDropped: () => {},
      interceptors: () => this.chain,
      indexes: () => this.indexes,
      code: this.code,
      serialization,
      queries: new QueryContext({ get: () => null }, this.code.comparators, serialization),
      settings: id => (this.destroyed.has(id) ? undefined : all),
      isDestroyed: id => this.destroyed.has(id),
      forkedMs: () => this.forkedMs,
      wantsEvents: () => true,
      wantsChanges: () => true,
      onChange: (_, key, sequence, all) => void this.changes.push(`${text(key)} ${sequence}${all ? ' all' : ''}`),
      onEntryEvent: (_, type, key, value, oldValue) =>
        void this.told.push({ type, key: text(key) ?? '', value: text(value), oldValue: text(oldValue) }),
      checkProtection: () => {},
      isGone: endpoint => this.gone.has(endpoint),
    }
    this.data = new GroupMaps(catalog, groupId(0))
  }

  run(
    op: OpName,
    q: {
      key?: string
      value?: string
      expected?: string
      ttlMs?: number
      maxIdleMs?: number
      items?: string[]
      /** An endpoint, and a thread behind a blank: `a 7`. */
      by?: string
      reference?: number
    } = {},
  ): Result {
    const bytes = (s: string | undefined): Uint8Array | null => (s === undefined ? null : blob(s))
    const request: MapRequest = {
      op: opCode[op],
      mapId: 3,
      key: bytes(q.key),
      value: bytes(q.value),
      expected: bytes(q.expected),
      ttlMs: q.ttlMs ?? -1,
      maxIdleMs: q.maxIdleMs ?? -1,
      items: (q.items ?? []).map(blob),
      caller: q.by === undefined ? undefined : callerNamed(q.by, q.reference),
    }
    const { error, result, effects, lockedBy, dependsOn } = this.data.execute(request, this.wallMs)
    this.dependsOn = dependsOn
    if (error !== null) throw error
    if (lockedBy !== null) return `waits for ${lockedBy.endpoint}` as unknown as Result
    if (effects !== null) this.append(effects)
    return result instanceof Uint8Array ? (text(result) as unknown as Result) : result
  }

  texts(data: readonly Uint8Array[]): string[] {
    return data.map(each => text(each) ?? '')
  }

  append(effects: Uint8Array): void {
    const record = makeRecord(1, this.log.length + 1, null, new Uint8Array(0), effects)
    this.log.push(record)
    this.data.stage(record)
  }

  commit(to = this.log.length): void {
    while (this.committed < to) this.data.commit(this.log[this.committed++] as LogRecord, true)
  }

  now(op: OpName, q: Parameters<Fixture['run']>[1] = {}): Result {
    const result = this.run(op, q)
    this.commit()
    return result
  }
}

function callerNamed(name: string, referenceId = 0): Caller {
  const [endpoint = '', thread = '1'] = name.split(' ')
  return { endpoint, threadId: Number(thread), referenceId, waitMs: -1 }
}

export const blob = (s: string): Uint8Array => new Uint8Array([0, 0, 0, 0, 255, 255, 255, 245, ...new TextEncoder().encode(s)])
const text = (data: Uint8Array | null): string | null => (data === null ? null : new TextDecoder().decode(data.subarray(8)))
export const texts = (result: Result): (string | null)[] => (result as Uint8Array[]).map(text)

export const serialization = new SerializationService()
export const { toData, toObject } = serialization

/** Requests with values as an application has them. */
export class Processing extends Fixture {
  request(
    op: keyof typeof opCode,
    q: { key?: unknown; value?: Uint8Array; expected?: Uint8Array; items?: readonly unknown[]; ttlMs?: number },
  ): Result {
    return this.perform(op, { ...q, items: (q.items ?? []).map(item => toData(item)) })
  }

  /** The first part of a walk. */
  fetch(entries: number): Result {
    return this.perform('fetch', { items: [digits(0), digits(entries)] })
  }

  private perform(
    op: keyof typeof opCode,
    q: { key?: unknown; value?: Uint8Array; expected?: Uint8Array; items: readonly Uint8Array[]; ttlMs?: number },
  ): Result {
    const { error, effects, result, dependsOn } = this.data.execute(
      {
        op: opCode[op],
        mapId: 3,
        key: q.key === undefined ? null : toData(q.key),
        value: q.value ?? null,
        expected: q.expected ?? null,
        ttlMs: q.ttlMs ?? -1,
        maxIdleMs: -1,
        items: q.items,
      },
      this.wallMs,
    )
    this.dependsOn = dependsOn
    if (error !== null) throw error
    if (effects !== null) this.append(effects)
    return result
  }

  /** What the caller is answered; nothing is committed yet. */
  on(key: unknown, processor: string, argument?: unknown): unknown {
    return toObject(this.request('executeOnKey', { key, value: writeCall(processor, argument) }) as Uint8Array | null)
  }

  set(key: unknown, value: unknown, ttlMs = -1): void {
    this.request('set', { key, value: toData(value), ttlMs })
  }

  get(key: unknown): unknown {
    return toObject(this.request('get', { key }) as Uint8Array | null)
  }

  many(processor: string, argument: unknown, items: readonly unknown[]): unknown[] {
    return this.#answers(this.request('executeOnKeys', { value: writeCall(processor, argument), items }))
  }

  all(processor: string, argument?: unknown, where?: Condition): unknown[] {
    const value = where === undefined ? {} : { value: encodePredicate(where) }
    return this.#answers(this.request('executeOnEntries', { expected: writeCall(processor, argument), ...value }))
  }

  #answers(result: Result): unknown[] {
    return (result as Uint8Array[]).map(item => toObject(item))
  }
}
