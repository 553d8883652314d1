/**
 * Interceptors: an object of the application that sees every read and every write of a map at the member that owns the
 * entry. Registered by name at every member, and attached to a map by that name, for the whole cluster.
 */

/**
 * Each function is synchronous and short; leave out those that are not needed. Where several are attached, each sees
 * what the one before it has made. What one of the `intercept` functions throws comes to the caller as `cause` of a
 * USER_CODE error, and nothing is changed; what an `after` function throws is logged.
 */
export interface MapInterceptor<V = unknown> {
  /** Before a `get` or `getAll` answers. Returns what the caller gets instead; undefined = as it is. */
  interceptGet?(value: V | null): V | undefined
  afterGet?(value: V | null): void
  /**
   * Before a value is stored, by whatever call: also by an entry processor. Returns what is stored instead; undefined =
   * as it is. May run again when the owner dies before the entry has its copies.
   */
  interceptPut?(oldValue: V | null, newValue: V): V | undefined
  /** When the value has all its copies. */
  afterPut?(value: V): void
  /** Before an entry is removed by a call: not by `clear`, expiry or eviction. Returns what `remove` answers instead. */
  interceptRemove?(value: V): V | undefined
  afterRemove?(value: V): void
  /** For clients that name an interceptor by an IdentifiedDataSerializable of their own; both or none. */
  readonly factoryId?: number
  readonly classId?: number
}

/** By name. */
export type InterceptorTable = Readonly<Record<string, MapInterceptor>>
