/**
 * Catches code that reaches past the seam. While a world runs code of its processes, the globals that would bring in the
 * real time, real chance or the real event loop throw; each hit is also kept, since the thrower may be caught.
 */

import nodeCrypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import nodeTimers from 'node:timers'
import nodeTimersPromises from 'node:timers/promises'

type Owner = Record<string, unknown>

const asOwner = (value: unknown): Owner => value as Owner

function forbidden(): readonly (readonly [owner: Owner, names: readonly string[], label: string])[] {
  const timers = ['setTimeout', 'setInterval', 'setImmediate']
  const draws = ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync', 'randomFill']
  return [
    [asOwner(globalThis), [...timers, 'WeakRef', 'FinalizationRegistry'], ''],
    [asOwner(Date), ['now'], 'Date.'],
    [asOwner(Math), ['random'], 'Math.'],
    [asOwner(performance), ['now'], 'performance.'],
    [asOwner(process.hrtime), ['bigint'], 'process.hrtime.'],
    [asOwner(process), ['hrtime', 'uptime'], 'process.'],
    [asOwner(globalThis.crypto), ['getRandomValues', 'randomUUID'], 'crypto.'],
    [asOwner(nodeCrypto), draws, 'node:crypto '],
    [asOwner(nodeTimers), timers, 'node:timers '],
    [asOwner(nodeTimersPromises), ['setTimeout', 'setInterval', 'setImmediate'], 'node:timers/promises '],
  ]
}

export class TripwireError extends Error {
  constructor(what: string) {
    super(`${what} was used inside the simulation: time and chance come from Env`)
    this.name = 'TripwireError'
  }
}

export class Tripwire {
  readonly hits: TripwireError[] = []
  #armed = false
  #undo: (() => void)[] = []

  /** From now on what is forbidden throws, whenever the wire is armed. */
  install(): void {
    for (const [owner, names, label] of forbidden()) {
      for (const name of names) this.#replace(owner, name, label + name)
    }
    this.#replaceDate()
    syncBuiltinESMExports()
  }

  uninstall(): void {
    this.#armed = false
    for (const undo of this.#undo.splice(0).reverse()) undo()
    syncBuiltinESMExports()
  }

  arm(): void {
    this.#armed = true
  }

  disarm(): void {
    this.#armed = false
  }

  #check(what: string): void {
    if (!this.#armed) return
    const error = new TripwireError(what)
    this.hits.push(error)
    throw error
  }

  #replace(owner: Owner, name: string, what: string): void {
    const own = Object.getOwnPropertyDescriptor(owner, name)
    const real = owner[name]
    if (typeof real !== 'function') return
    const check = (): void => this.#check(what)
    const proxy = new Proxy(real, {
      apply(target, self, args) {
        check()
        return Reflect.apply(target, self, args)
      },
      construct(target, args, newTarget) {
        check()
        return Reflect.construct(target, args, newTarget)
      },
    })
    Object.defineProperty(owner, name, { value: proxy, writable: true, configurable: true, enumerable: own?.enumerable ?? true })
    this.#undo.push(() => {
      if (own === undefined) delete owner[name]
      else Object.defineProperty(owner, name, own)
    })
  }

  /** `new Date(ms)` is arithmetic; `new Date()` and `Date()` read the clock. */
  #replaceDate(): void {
    const real = globalThis.Date
    const check = (): void => this.#check('new Date()')
    globalThis.Date = new Proxy(real, {
      apply(target, self, args) {
        check()
        return Reflect.apply(target, self, args)
      },
      construct(target, args, newTarget) {
        if (args.length === 0) check()
        return Reflect.construct(target, args, newTarget) as object
      },
    })
    this.#undo.push(() => {
      globalThis.Date = real
    })
  }
}
