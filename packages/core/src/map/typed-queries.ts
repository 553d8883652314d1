/** Queries of the embedded API: conditions and answers as JavaScript values over serialized ones. */

import type { PageOptions, QueryOptions } from '../api/map.js'
import type { Aggregation, Condition, IndexConfig, Projection, Where } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import { encodeAggregation, encodeProjection } from '../query/aggregation-codec.js'
import { readAnswer } from '../query/answers.js'
import { encodePredicate } from '../query/predicate-codec.js'
import { writeCall } from '../serialization/function-call.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { Data, DataCall, DataMap, PageAnchor } from './data-map.js'

const pageSizeDefault = 1_000

export class TypedQueries<K, V> {
  readonly #data: DataMap
  readonly #serialization: SerializationService

  constructor(data: DataMap, serialization: SerializationService) {
    this.#data = data
    this.#serialization = serialization
  }

  keys(where: Where, call: DataCall): Promise<Data[]> {
    return this.#data.queries.keySet(whereData(where), call)
  }

  values(where: Where, call: DataCall): Promise<Data[]> {
    return this.#data.queries.values(whereData(where), call)
  }

  entries(where: Where, call: DataCall): Promise<[Data, Data][]> {
    return this.#data.queries.entrySet(whereData(where), call)
  }

  async aggregate(aggregation: Aggregation, { where, ...call }: QueryOptions = {}): Promise<unknown> {
    const answer = await this.#data.queries.aggregate(encodeAggregation(aggregation), whereOrNull(where), call)
    return answer === null ? null : readAnswer(answer, this.#serialization)
  }

  async project(attributes: string | Projection, { where, ...call }: QueryOptions = {}): Promise<unknown[]> {
    const wanted = typeof attributes === 'string' ? [attributes] : attributes
    if (wanted.length === 0) throw new CobnutError('ARGUMENT', 'a projection needs an attribute at least')
    const answers = await this.#data.queries.project(encodeProjection(wanted), whereOrNull(where), call)
    const values = answers.map(answer => readAnswer(answer, this.#serialization))
    return typeof attributes === 'string' || wanted.length > 1 ? values : values.map(value => [value])
  }

  async removeAll(where: Where, call?: DataCall): Promise<void> {
    await this.#data.queries.removeAll(whereData(where), call)
  }

  addIndex(config: IndexConfig): Promise<void> {
    return this.#data.queries.addIndex(config)
  }

  async *pages(options: PageOptions): AsyncGenerator<[K, V][]> {
    const {
      where,
      size = pageSizeDefault,
      orderBy = '__key',
      descending = false,
      comparator: name,
      comparatorArgument,
      ...call
    } = options
    const comparator = name === undefined ? null : writeCall(name, comparatorArgument)
    const asked = { where: whereOrNull(where), partitionKey: null, size, orderBy, descending, comparator }
    let anchors: readonly PageAnchor[] = []
    for (let page = 0; ; page++) {
      const found = await this.#data.queries.page({ ...asked, page, anchors }, call)
      if (found.entries.length > 0) {
        const read = (data: Data): unknown => this.#serialization.toObject(data)
        yield found.entries.map(([key, value]): [K, V] => [read(key) as K, read(value) as V])
      }
      if (found.entries.length < size) return
      anchors = found.anchors.slice(-1)
    }
  }
}

function whereData(where: Where): Data {
  if (typeof where !== 'string' && (typeof where !== 'object' || where === null)) {
    throw new CobnutError('ARGUMENT', 'a condition is made by Predicates, or a text')
  }
  const condition: Condition = typeof where === 'string' ? { is: 'sql', text: where } : where
  return encodePredicate(condition)
}

export const whereOrNull = (where: Where | undefined): Data | null => (where === undefined ? null : whereData(where))
