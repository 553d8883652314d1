/**
 * Faults planted around members, each of which breaks one promise. They keep the checkers honest: a checker that has
 * never been seen to fail proves nothing.
 */

import { CobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Env } from '../src/env/env.js'
import type { RegisterMap, Seat, Subject, SubjectMember } from './subject.js'

type Plant = (subject: Subject) => Subject

export const plants: Readonly<Record<string, Plant>> = {
  /** A write answers before any backup has it. */
  ackEarly: onMaps(map => {
    const rush = <A extends readonly unknown[]>(call: (...args: A) => Promise<unknown>) => {
      return async (...args: A): Promise<void> => {
        call(...args).catch(() => undefined)
      }
    }
    return { set: rush(map.set.bind(map)), putAll: rush(map.putAll.bind(map)) }
  }),
  /** Each member answers reads from what its own clients saw last. */
  staleReads: onMaps(map => {
    const seen = new Map<string, string | null>()
    const get = async (key: string): Promise<string | null> => {
      const held = seen.get(key)
      if (held !== undefined) return held
      const found = await map.get(key)
      seen.set(key, found)
      return found
    }
    return { get }
  }),
  /** An operation whose outcome is unknown is simply done again. */
  writeTwice: onMaps(map => ({
    replaceIfSame: async (key, expected, value) => {
      await map.replaceIfSame(key, expected, value)
      return map.replaceIfSame(key, expected, value)
    },
    executeOnKey: async (key, processor, argument) => {
      await map.executeOnKey(key, processor, argument)
      return map.executeOnKey(key, processor, argument)
    },
  })),
  /** Whoever wants a lock has it. */
  everybodyLocks: onMaps(map => ({
    lock: async (key, options) => {
      await map.forceUnlock(key)
      return map.lock(key, options)
    },
  })),
  /** A lock is granted to a call that has been given up. */
  orphanLocks: onMaps(map => ({
    lock: (key, options = {}) => {
      if (options.timeoutMs === undefined) return map.lock(key, options)
      map.lock(key, { ...options, timeoutMs: Number.POSITIVE_INFINITY }).catch(() => undefined)
      return Promise.reject(new CobnutError('TIMEOUT', 'at once'))
    },
  })),
  /** One member's clocks run at half speed, all together: its leases last twice as long as they should. */
  slowClock: onEnv((env, seat) => {
    if (seat.name !== 'm1') return env
    const { clock } = env
    const slowed = (read: () => number): (() => number) => {
      const startMs = read()
      return () => startMs + (read() - startMs) / 2
    }
    const monotonicMs = slowed(() => clock.monotonicMs())
    return { ...env, clock: { ...bound(clock), monotonicMs, uptimeMs: slowed(() => clock.uptimeMs()) } }
  }),
  /** A member that starts again takes the id of its predecessor (rule R11). */
  sameIds: subject => {
    const ids = new Map<string, string>()
    return onEnv((env, seat) => ({ ...env, random: withFirstId(env.random, ids, seat.name) }))(subject)
  },
  /** A timer is never taken back: something is left when the member has stopped. */
  lostTimer: onEnv(env => {
    env.clock.every(1000, () => undefined)
    return env
  }),
}

function onEnv(change: (env: Env, seat: Seat) => Env): Plant {
  return subject => ({ start: (env, seat) => subject.start(change(env, seat), seat) })
}

function onMembers(change: (member: SubjectMember) => Partial<SubjectMember>): Plant {
  return subject => ({
    start: async (env, seat) => {
      const member = await subject.start(env, seat)
      return { ...member, ...change(member) }
    },
  })
}

function onMaps(change: (map: RegisterMap) => Partial<RegisterMap>): Plant {
  const actions = ['get', 'put', 'set', 'putIfAbsent', 'replace', 'replaceIfSame', 'remove', 'removeIfSame'] as const
  const others = ['delete', 'containsKey', 'getAll', 'putAll', 'size', 'clear', 'executeOnKey', 'addEntryListener'] as const
  const locks = ['lock', 'tryLock', 'unlock', 'forceUnlock', 'isLocked'] as const
  return onMembers(member => {
    const maps = new Map<string, RegisterMap>()
    const map = (name: string): RegisterMap => {
      const known = maps.get(name)
      if (known !== undefined) return known
      const real = member.map(name)
      const methods = [...actions, ...others, ...locks].map(method => [method, (real[method] as () => unknown).bind(real)])
      const changed = { ...(Object.fromEntries(methods) as RegisterMap), ...change(real) }
      maps.set(name, changed)
      return changed
    }
    return { map }
  })
}

/** The first stream that is forked draws the same id for every incarnation of a seat. */
function withFirstId(random: Prng, ids: Map<string, string>, seat: string): Prng {
  let isFirst = true
  const fork = (): Prng => {
    const stream = random.fork()
    if (!isFirst) return stream
    isFirst = false
    const id = ids.get(seat) ?? stream.uuid()
    ids.set(seat, id)
    return standingIn(stream, { uuid: () => id })
  }
  return standingIn(random, { fork })
}

function standingIn(random: Prng, instead: Partial<Pick<Prng, 'fork' | 'uuid'>>): Prng {
  return new Proxy(random, {
    get: (target, name) => {
      if (Object.hasOwn(instead, name)) return instead[name as 'fork']
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function bound(clock: Env['clock']): Env['clock'] {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    uptimeMs: () => clock.uptimeMs(),
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (intervalMs, run) => clock.every(intervalMs, run),
    defer: run => clock.defer(run),
  }
}
