/** The entry processors that this member knows, and how a call finds the one it names. */

import type { EntryProcessor, EntryProcessorRegistration, ProcessedEntry } from '../api/processors.js'
import { CobnutError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import { readable, readCall } from '../serialization/function-call.js'
import { builtInProcessors } from './built-in-processors.js'

/** A processor and the argument of one call. */
export interface BoundProcessor {
  readonly name: string
  run(entry: ProcessedEntry): unknown
}

interface Registered extends EntryProcessorRegistration {
  readonly name: string
}

const idsOf = (factoryId: number, classId: number): string => `${factoryId}/${classId}`

export class EntryProcessors {
  readonly #byName = new Map<string, Registered>()
  readonly #byIds = new Map<string, Registered>()

  constructor() {
    for (const [name, processor] of Object.entries(builtInProcessors)) this.register(name, processor)
  }

  /** @throws CobnutError ARGUMENT for a name or a pair of ids that is taken, and for half a pair. */
  register(name: string, given: EntryProcessor | EntryProcessorRegistration): void {
    const registered: Registered = typeof given === 'function' ? { process: given, name } : { ...given, name }
    if (typeof name !== 'string' || name === '' || typeof registered.process !== 'function') {
      throw new CobnutError('ARGUMENT', 'an entry processor is a function with a name')
    }
    if (this.#byName.has(name)) throw new CobnutError('ARGUMENT', `there is an entry processor "${name}" already`)
    const { factoryId, classId } = registered
    if (factoryId !== undefined && classId !== undefined) {
      if (!(factoryId > 0)) throw new CobnutError('ARGUMENT', `factory id ${factoryId} belongs to the protocol`)
      const ids = idsOf(factoryId, classId)
      const taken = this.#byIds.get(ids)
      if (taken !== undefined)
        throw new CobnutError('ARGUMENT', `factory ${factoryId} class ${classId} is "${taken.name}" already`)
      this.#byIds.set(ids, registered)
    } else if (factoryId !== undefined || classId !== undefined) {
      throw new CobnutError('ARGUMENT', 'an entry processor has a factory id and a class id, or neither')
    }
    this.#byName.set(name, registered)
  }

  /** @throws CobnutError NOT_REGISTERED, SERIALIZATION. */
  bind(call: Data): BoundProcessor {
    const named = readCall(call)
    if ('name' in named) {
      const { name, argument } = named
      const found = this.#byName.get(name)
      if (found === undefined) throw unknown(`entry processor "${name}"`)
      return { name, run: entry => found.process(entry, argument) }
    }
    const { factoryId, classId, input } = named
    const found = this.#byIds.get(idsOf(factoryId, classId))
    if (found === undefined) throw unknown(`entry processor with factory id ${factoryId} and class id ${classId}`)
    const argument = readable(() => found.readArgument?.(input) ?? null)
    return { name: found.name, run: entry => found.process(entry, argument) }
  }
}

const unknown = (what: string): CobnutError =>
  new CobnutError('NOT_REGISTERED', `the member that owns the entry knows no ${what}; it has to be registered at every member`)
