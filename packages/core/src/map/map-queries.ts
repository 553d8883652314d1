/**
 * Queries of one map, as a caller makes them: every partition is asked, or the one that a partition predicate names, and
 * the answers are put together. Each partition shows one moment of its own, with every write acknowledged before the
 * call in it.
 */

import type { Condition, IndexConfig } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import { type MapRequest, type OpCode, opCode, type Result } from '../operation/request.js'
import { decodeAggregation } from '../query/aggregation-codec.js'
import { aggregate } from '../query/aggregator.js'
import { compile } from '../query/predicate.js'
import { decodePredicate, encodePredicate } from '../query/predicate-codec.js'
import type { Data } from '../serialization/data.js'
import { writeValue } from '../serialization/write-value.js'
import type { DataCall, DataPage, DataQueries, Fetched, FetchRequest, PageRequest } from './data-map.js'
import { type MapCalls, pairs } from './map-calls.js'
import { PageOrder, type PageRange, type Placed, writePageRange } from './page-order.js'
import type { QueryContext } from './query-context.js'
import { digits } from './query-operations.js'

export interface MapQueriesOptions {
  readonly calls: MapCalls
  readonly context: QueryContext
  /** Entries that one query may answer with; -1 = any number. */
  readonly resultSizeMax: number
  readonly addIndex: (index: IndexConfig) => Promise<void>
}

export class MapQueries implements DataQueries {
  readonly #calls: MapCalls
  readonly #context: QueryContext
  readonly #resultSizeMax: number
  readonly addIndex: (index: IndexConfig) => Promise<void>

  constructor({ calls, context, resultSizeMax, addIndex }: MapQueriesOptions) {
    this.#calls = calls
    this.#context = context
    this.#resultSizeMax = resultSizeMax
    this.addIndex = addIndex
  }

  async keySet(where: Data, call?: DataCall): Promise<Data[]> {
    return this.limited(await this.#gathered(opCode.queryKeys, { value: where }, call))
  }

  async values(where: Data, call?: DataCall): Promise<Data[]> {
    return this.limited(await this.#gathered(opCode.queryValues, { value: where }, call))
  }

  async entrySet(where: Data, call?: DataCall): Promise<[Data, Data][]> {
    return this.limited(pairs(await this.#gathered(opCode.queryEntries, { value: where }, call)))
  }

  async page(request: PageRequest, call?: DataCall): Promise<DataPage> {
    const { where, partitionKey, page, size, orderBy, descending, comparator, anchors } = request
    if (!(size > 0) || !(page >= 0)) throw new CobnutError('ARGUMENT', `page ${page} of ${size} entries`)
    const order = new PageOrder(request, this.#context)
    const earlier = anchors.filter(anchor => anchor.page < page)
    const near = earlier.reduce<(typeof earlier)[number] | null>((a, b) => (a === null || b.page > a.page ? b : a), null)
    const skipped = page - 1 - (near?.page ?? -1)
    const limit = (skipped + 1) * size
    const after: PageRange['after'] = near === null ? null : near.entry
    const range = writePageRange({ orderBy, descending, comparator, limit, after })
    const found = await this.#gathered(opCode.queryPage, { value: where, items: [range] }, call, partitionKey)
    const placed = pairs(found).map(([key, value]): Placed => order.place(key, value))
    const entries = order
      .first(placed, limit)
      .slice(skipped * size)
      .map(({ key, value }): [Data, Data] => [key, value])
    const last = entries.at(-1)
    return { entries, anchors: last === undefined ? earlier : [...earlier, { page, entry: last }] }
  }

  async aggregate(aggregation: Data, where: Data | null, call?: DataCall): Promise<Data | null> {
    const whole = aggregate(decodeAggregation(aggregation), this.#context.opener)
    const partials = await this.#ask(opCode.aggregate, { value: where, expected: aggregation }, call)
    for (const partial of partials) whole.merge(partial as readonly (Data | number)[])
    return whole.result()
  }

  async project(projection: Data, where: Data | null, call?: DataCall): Promise<Data[]> {
    return this.limited(await this.#gathered(opCode.project, { value: where, expected: projection }, call))
  }

  async removeAll(where: Data, call?: DataCall): Promise<void> {
    await this.#ask(opCode.removeMatching, { value: where }, call)
  }

  async execute(processor: Data, where: Data | null, call?: DataCall): Promise<[Data, Data][]> {
    const answers = await this.#ask(opCode.executeOnEntries, { value: where, expected: processor }, call)
    return (answers as readonly (readonly Data[])[]).flatMap(pairs)
  }

  async fetch({ partition, cursor, batch, where, projection }: FetchRequest, call?: DataCall): Promise<Fetched> {
    if (!(batch > 0)) throw new CobnutError('ARGUMENT', `a batch of ${batch} entries`)
    const more = { value: where, expected: projection, items: [digits(cursor), digits(batch)] }
    const result = await this.#calls.inPartition(partition, opCode.fetch, call, more)
    const [next, ...items] = result as readonly (number | Data)[]
    return { next: next as number, items: items as Data[] }
  }

  async #gathered(
    op: OpCode,
    more: Partial<MapRequest>,
    call: DataCall | undefined,
    partitionKey: Data | null = null,
  ): Promise<Data[]> {
    return ((await this.#ask(op, more, call, partitionKey)) as readonly (readonly Data[])[]).flat()
  }

  /** What was found, unless that are too many entries. A page is none: it says how many it is. */
  limited<T>(found: T[]): T[] {
    if (this.#resultSizeMax < 0 || found.length <= this.#resultSizeMax) return found
    const message = `${found.length} entries, and hazelcast.query.result.size.limit is ${this.#resultSizeMax}`
    throw new CobnutError('QUERY_RESULT_TOO_LARGE', message)
  }

  /** What makes no sense is refused here, before anybody is asked. */
  async #ask(
    op: OpCode,
    more: Partial<MapRequest>,
    call: DataCall | undefined,
    partitionKey: Data | null = null,
  ): Promise<Result[]> {
    const condition: Condition = more.value ? decodePredicate(more.value) : { is: 'true' }
    const [asked, key] = condition.is === 'partition' ? [condition.of, writeValue(condition.key)] : [condition, partitionKey]
    compile(asked)
    if (key === null) return this.#calls.everywhere(op, call, more)
    const value = asked === condition ? (more.value ?? null) : encodePredicate(asked)
    return [await this.#calls.inPartition(this.#calls.partitionOf(key), op, call, { ...more, value })]
  }
}
