/**
 * Entry processors: functions of the application that run where an entry is owned, in the order of its partition, with
 * nothing between what they read and what they write. They are registered by name at every member; callers, members and
 * clients alike, name them and send an argument.
 */

/** Milliseconds, as in `WriteOptions`. */
export interface EntryExpiry {
  /** 0 = for ever; undefined or negative = the map's configuration. */
  readonly ttlMs?: number
  /** 0 = no limit; undefined or negative = the map's configuration. */
  readonly maxIdleMs?: number
  /** Keeps what is left of the entry's life instead; the other two then count only where the entry is new. Default false. */
  readonly keep?: boolean
}

/** One entry while a processor runs on it; of no use afterwards. */
export interface ProcessedEntry<K = unknown, V = unknown> {
  readonly key: K
  /** What this processor has made of it so far; null = absent. */
  readonly value: V | null
  readonly isPresent: boolean
  /**
   * How wide the value's number was stored, null for what is none. Numbers of JavaScript are doubles: who counts for
   * programs in other languages stores `new Typed(entry.numberType, n)`.
   */
  readonly numberType: 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | null
  /** Milliseconds since 1970; Infinity = never, or absent. Of the entry as it was found. */
  readonly expirationTime: number
  /** Stores a value; null removes, as `remove`. */
  setValue(value: V | null, expiry?: EntryExpiry): void
  remove(): void
}

/** Two faces of one thing: most processors are functions only. */
interface Processing<K, V, A, R> {
  process(entry: ProcessedEntry<K, V>, argument: A): R
}

/**
 * Synchronous, short, and without effects of its own: it holds up its partition, and where its member dies before the
 * entry has its copies, it runs again at the next owner. What it throws comes to the caller as `cause` of a USER_CODE
 * error, and nothing is changed.
 *
 * @returns what the caller gets, serialized like a value; undefined and null both arrive as null.
 */
export type EntryProcessor<K = unknown, V = unknown, A = unknown, R = unknown> = Processing<K, V, A, R>['process']

/** Fields of an object that a client has written with `writeData`, in the order in which it wrote them. */
export interface ArgumentInput {
  boolean(): boolean
  int8(): number
  int16(): number
  int32(): number
  int64(): bigint
  float(): number
  double(): number
  string(): string | null
  /** A byte array. */
  bytes(): Uint8Array | null
  /** What a client wrote with `writeObject`: any value that this member can open. */
  object(): unknown
}

/** For clients that send an IdentifiedDataSerializable of their own. Everybody else names a processor by its name. */
export interface EntryProcessorRegistration<K = unknown, V = unknown, A = unknown, R = unknown> extends Processing<K, V, A, R> {
  /** Both or none. `factoryId` above 0: the others belong to the protocol. */
  readonly factoryId?: number
  readonly classId?: number
  /** Makes the argument of what the client has written. Default: the fields are not looked at, and the argument is null. */
  readArgument?(input: ArgumentInput): A
}

/** By name. */
export type EntryProcessorTable = Readonly<Record<string, EntryProcessor | EntryProcessorRegistration>>
