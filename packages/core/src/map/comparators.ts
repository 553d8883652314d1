/** The comparators that this member knows, and how a page finds the one it names. */

import type { ComparedEntry, EntryComparator, EntryComparatorRegistration } from '../api/comparators.js'
import { CobnutError } from '../base/errors.js'
import { userCodeThrew } from '../base/user-call.js'
import type { Data } from '../serialization/data.js'
import { bindCall, Registry } from './registry.js'

/** A comparator with the argument of one call. */
export type BoundComparator = (a: ComparedEntry, b: ComparedEntry) => number

export class Comparators {
  readonly #registry = new Registry<EntryComparatorRegistration>('entry comparator')

  /** @throws CobnutError ARGUMENT */
  register(name: string, given: EntryComparator | EntryComparatorRegistration): void {
    const registration: EntryComparatorRegistration = typeof given === 'function' ? { compare: given } : given
    if (typeof registration?.compare !== 'function') throw new CobnutError('ARGUMENT', 'an entry comparator is a function')
    this.#registry.add(name, registration)
  }

  /** @throws CobnutError NOT_REGISTERED, SERIALIZATION; what is returned throws USER_CODE. */
  bind(call: Data): BoundComparator {
    const { name, item, argument } = bindCall(this.#registry, call)
    return (a, b) => {
      try {
        const order: unknown = item.compare(a, b, argument)
        if (typeof order === 'number' && !Number.isNaN(order)) return order
        throw new TypeError(`it answered ${String(order)}, which is no number`)
      } catch (cause) {
        throw userCodeThrew(`entry comparator "${name}"`, cause)
      }
    }
  }
}
