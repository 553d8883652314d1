/**
 * The interceptors that this member knows, and those of one map in their order. Every write passes `InterceptorChain.put`
 * or `remove` at its owner, before it is decided, and `after` when it is committed.
 */

import type { MapInterceptor } from '../api/interceptors.js'
import { CobnutError } from '../base/errors.js'
import { assertSynchronous, callUser, userCodeThrew } from '../base/user-call.js'
import type { Data } from '../serialization/data.js'
import { readCall } from '../serialization/function-call.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { type Named, Registry } from './registry.js'

const hooks = ['interceptGet', 'afterGet', 'interceptPut', 'afterPut', 'interceptRemove', 'afterRemove'] as const
type Hook = (typeof hooks)[number]

export class Interceptors {
  readonly #registry = new Registry<MapInterceptor>('interceptor')

  /** @throws CobnutError ARGUMENT */
  register(name: string, interceptor: MapInterceptor): void {
    if (!hooks.some(hook => typeof interceptor?.[hook] === 'function')) {
      throw new CobnutError('ARGUMENT', `an interceptor has at least one of the functions ${hooks.join(', ')}`)
    }
    this.#registry.add(name, interceptor)
  }

  /** @throws CobnutError NOT_REGISTERED */
  named(name: string): Named<MapInterceptor> {
    return this.#registry.named(name)
  }

  /** The name of the one that a client means. @throws CobnutError NOT_REGISTERED, SERIALIZATION */
  nameIn(call: Data): string {
    const given = readCall(call)
    return ('name' in given ? this.named(given.name) : this.#registry.identified(given.factoryId, given.classId)).name
  }
}

/** The interceptors of one map. An unknown one makes every call fail that it should see: none goes past it. */
export class InterceptorChain {
  readonly #names: readonly string[]
  readonly #known: Interceptors
  readonly #serialization: SerializationService
  readonly #onError: (interceptor: string, error: unknown) => void

  constructor(
    names: readonly string[],
    known: Interceptors,
    serialization: SerializationService,
    onError: (interceptor: string, error: unknown) => void,
  ) {
    this.#names = names
    this.#known = known
    this.#serialization = serialization
    this.#onError = onError
  }

  /** What the caller gets. */
  get(value: Data | null): Data | null {
    const seen = this.#pass('interceptGet', value, (interceptor, held) => interceptor.interceptGet?.(held))
    this.#tell('afterGet', () => seen)
    return seen
  }

  /** What is stored. */
  put(before: () => Data | null, value: Data): Data {
    return this.#pass('interceptPut', value, (interceptor, held) => {
      return interceptor.interceptPut?.(this.#serialization.toObject(before()), held)
    }) as Data
  }

  /** What the caller gets as the value that was removed. */
  remove(value: Data): Data {
    return this.#pass('interceptRemove', value, (interceptor, held) => interceptor.interceptRemove?.(held)) as Data
  }

  /** @param value asked for only if somebody wants it. */
  after(what: 'afterPut' | 'afterRemove', value: () => Data | null): void {
    this.#tell(what, value)
  }

  #with(hook: Hook): Named<MapInterceptor>[] {
    return this.#names.map(name => this.#known.named(name)).filter(({ item }) => item[hook] !== undefined)
  }

  #pass(hook: Hook, value: Data | null, run: (interceptor: MapInterceptor, held: unknown) => unknown): Data | null {
    let data = value
    for (const { name, item } of this.#with(hook)) {
      try {
        const held = this.#serialization.toObject(data)
        const result = run(item, held)
        assertSynchronous(result, 'an interceptor')
        // one that passes a number on has not made another of it; an object may have been changed in place
        const isSame = typeof result !== 'object' && Object.is(result, held)
        if (result !== undefined && result !== null && !isSame) data = this.#serialization.toData(result)
      } catch (cause) {
        throw userCodeThrew(`interceptor "${name}"`, cause)
      }
    }
    return data
  }

  /** It has happened: whatever goes wrong now changes nothing any more. */
  #tell(hook: 'afterGet' | 'afterPut' | 'afterRemove', value: () => Data | null): void {
    for (const name of this.#names) {
      callUser(
        () => {
          const { item } = this.#known.named(name)
          return item[hook]?.(this.#serialization.toObject(value()))
        },
        error => this.#onError(name, error),
      )
    }
  }
}
