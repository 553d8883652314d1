/** Functions and objects of the application, by name and, for clients with objects of their own, by factory and class id. */

import type { ArgumentInput } from '../api/processors.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import { userCodeThrew } from '../base/user-call.js'
import type { Data } from '../serialization/data.js'
import { readable, readCall } from '../serialization/function-call.js'

export interface Identified {
  readonly factoryId?: number
  readonly classId?: number
}

export interface Named<T> {
  readonly name: string
  readonly item: T
}

export class Registry<T extends Identified> {
  readonly #what: string
  readonly #byName = new Map<string, Named<T>>()
  readonly #byIds = new Map<string, Named<T>>()

  /** @param what of which there is one for each name, for messages. */
  constructor(what: string) {
    this.#what = what
  }

  /** @throws CobnutError ARGUMENT for a name or a pair of ids that is taken, and for half a pair. */
  add(name: string, item: T): void {
    if (typeof name !== 'string' || name === '') throw new CobnutError('ARGUMENT', `an ${this.#what} needs a name`)
    if (this.#byName.has(name)) throw new CobnutError('ARGUMENT', `there is an ${this.#what} "${name}" already`)
    const { factoryId, classId } = item
    const named = { name, item }
    if (factoryId !== undefined && classId !== undefined) {
      if (!(factoryId > 0)) throw new CobnutError('ARGUMENT', `factory id ${factoryId} belongs to the protocol`)
      const ids = `${factoryId}/${classId}`
      const taken = this.#byIds.get(ids)
      if (taken !== undefined)
        throw new CobnutError('ARGUMENT', `factory ${factoryId} class ${classId} is "${taken.name}" already`)
      this.#byIds.set(ids, named)
    } else if (factoryId !== undefined || classId !== undefined) {
      throw new CobnutError('ARGUMENT', `an ${this.#what} has a factory id and a class id, or neither`)
    }
    this.#byName.set(name, named)
  }

  /** @throws CobnutError NOT_REGISTERED */
  named(name: string): Named<T> {
    return this.#byName.get(name) ?? this.#isMissing(`"${name}"`)
  }

  /** @throws CobnutError NOT_REGISTERED */
  identified(factoryId: number, classId: number): Named<T> {
    return this.#byIds.get(`${factoryId}/${classId}`) ?? this.#isMissing(`with factory id ${factoryId} and class id ${classId}`)
  }

  #isMissing(which: string): never {
    throw new CobnutError('NOT_REGISTERED', `this member knows no ${this.#what} ${which}; every member has to register it`)
  }
}

/** What a call names, with the argument of the call. @throws CobnutError NOT_REGISTERED, SERIALIZATION, USER_CODE */
export function bindCall<T extends Identified & { readArgument?(input: ArgumentInput): unknown }>(
  registry: Registry<T>,
  call: Data,
): Named<T> & { readonly argument: unknown } {
  const given = readCall(call)
  if ('name' in given) return { ...registry.named(given.name), argument: given.argument }
  const named = registry.identified(given.factoryId, given.classId)
  return { ...named, argument: readable(() => argumentOf(named, given.input)) }
}

/** Bytes that end too early are the client's mistake, whatever else is thrown the application's. */
function argumentOf<T extends { readArgument?(input: ArgumentInput): unknown }>(
  { name, item }: Named<T>,
  input: ArgumentInput,
): unknown {
  try {
    return item.readArgument?.(input) ?? null
  } catch (cause) {
    if (cause instanceof DecodeError) throw cause
    throw userCodeThrew(`readArgument of "${name}"`, cause)
  }
}
