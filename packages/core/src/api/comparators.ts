/**
 * Comparators: functions of the application by which pages are ordered. They run where entries are owned, and at the member
 * that is asked, which puts the parts together; they are registered by name at every member.
 */

import type { ArgumentInput } from './processors.js'

export interface ComparedEntry<K = unknown, V = unknown> {
  readonly key: K
  readonly value: V
}

/** Two faces of one thing: most comparators are functions only. */
interface Comparing<K, V, A> {
  compare(a: ComparedEntry<K, V>, b: ComparedEntry<K, V>, argument: A): number
}

/**
 * Negative: `a` comes first; positive: `b` does; of equal ones the lesser key. Synchronous, without effects, and the same for
 * the same entries at every member. What it throws comes to the caller as `cause` of a USER_CODE error.
 */
export type EntryComparator<K = unknown, V = unknown, A = unknown> = Comparing<K, V, A>['compare']

/** For clients that send an IdentifiedDataSerializable of their own. Everybody else names a comparator by its name. */
export interface EntryComparatorRegistration<K = unknown, V = unknown, A = unknown> extends Comparing<K, V, A> {
  /** Both or none. `factoryId` above 0: the others belong to the protocol. */
  readonly factoryId?: number
  readonly classId?: number
  /** Makes the argument of what the client has written. Default: the fields are not looked at, and the argument is null. */
  readArgument?(input: ArgumentInput): A
}

/** By name. */
export type EntryComparatorTable = Readonly<Record<string, EntryComparator | EntryComparatorRegistration>>
