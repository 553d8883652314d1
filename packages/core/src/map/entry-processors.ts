/** The entry processors that this member knows, and how a call finds the one it names. */

import type { EntryProcessor, EntryProcessorRegistration, ProcessedEntry } from '../api/processors.js'
import { CobnutError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import { builtInProcessors } from './built-in-processors.js'
import { bindCall, Registry } from './registry.js'

/** A processor and the argument of one call. */
export interface BoundProcessor {
  readonly name: string
  run(entry: ProcessedEntry): unknown
}

export class EntryProcessors {
  readonly #registry = new Registry<EntryProcessorRegistration>('entry processor')

  constructor() {
    for (const [name, processor] of Object.entries(builtInProcessors)) this.register(name, processor)
  }

  /** @throws CobnutError ARGUMENT */
  register(name: string, given: EntryProcessor | EntryProcessorRegistration): void {
    const registration: EntryProcessorRegistration = typeof given === 'function' ? { process: given } : given
    if (typeof registration?.process !== 'function') throw new CobnutError('ARGUMENT', 'an entry processor is a function')
    this.#registry.add(name, registration)
  }

  /** @throws CobnutError NOT_REGISTERED, SERIALIZATION. */
  bind(call: Data): BoundProcessor {
    const { name, item, argument } = bindCall(this.#registry, call)
    return { name, run: entry => item.process(entry, argument) }
  }
}
