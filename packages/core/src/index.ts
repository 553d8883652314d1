/** The package's face: re-exports only. */

export type * from './api/admin.js'
export type * from './api/comparators.js'
export type * from './api/config.js'
export type * from './api/interceptors.js'
export type * from './api/map.js'
export type * from './api/member.js'
export type * from './api/processors.js'
export type * from './api/query.js'
export { InvariantError } from './base/assert.js'
export { CobnutError, DecodeError, type ErrorCode, errorTable, isCobnutError, type Outcome } from './base/errors.js'
export { Cobnut, type StartOptions } from './cobnut.js'
export {
  type Checked,
  type ConfigInput,
  type ConfigSource,
  type ConfigWorld,
  checkConfig,
  defaultConfig,
  formatProblems,
  loadConfig,
  type MapInput,
  type NetworkInput,
  type Problem,
} from './config/index.js'
export { nodeConfigWorld } from './node/config-world.js'
export { onTerminationSignals } from './node/signals.js'
export { Aggregations } from './query/aggregations.js'
export { Predicates } from './query/predicates.js'
export {
  BigDecimal,
  JsonValue,
  LocalDate,
  LocalDateTime,
  LocalTime,
  OffsetDateTime,
  Typed,
  type TypedKind,
  UnknownData,
  Uuid,
} from './serialization/values.js'
