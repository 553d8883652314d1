/**
 * Clients that live inside the members' processes and call the embedded API, one call at a time each. Every call is
 * recorded when it is asked and when it is answered. Values are unique, so that a read names the write it saw.
 */

import type { CallOptions, WriteOptions } from '../src/api/map.js'
import { isCobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Env } from '../src/env/env.js'
import { pause } from '../src/env/pause.js'
import type { Cluster } from './cluster.js'
import type { Action, Call, History, Result } from './history.js'
import { onlyReads } from './register-model.js'
import { Residents } from './residents.js'
import type { RegisterMap, SubjectMember } from './subject.js'

/** What clients of the workload ask for. */
type Asked = Exclude<Action['name'], 'copyRead'>

export type Mix = readonly (readonly [weight: number, name: Asked | 'getAll' | 'putAll' | 'query'])[]

export interface WorkloadOptions {
  readonly map: string
  readonly clients: number
  /** Keys in use at one time. A key that has seen enough calls is followed by a new one. */
  readonly keys: number
  readonly callsPerKeyMax: number
  readonly mix: Mix
  /** So many of the clients only read: a writer that is cut off waits long, a reader goes on and sees what is stale. */
  readonly readers: number
  /** Readers give up sooner than the configuration says. */
  readonly readTimeoutMs: number
  /** Mean pause of a client between two calls. */
  readonly thinkMs: number
  /** Some values live only so long, some for ever. Milliseconds; empty: all for ever. */
  readonly ttlsMs: readonly number[]
}

/** More calls with unknown outcome make the search for an explanation slow: the key is used no more. */
const OPEN_PER_KEY_MAX = 6
/** Each may act on every key that there will ever be: of a map with a lost partition all of them stay open. */
const OPEN_CLEARS_MAX = 6

/** A condition that an index answers, and that every value meets. */
const allValues = "this >= 'v'"

interface Key {
  readonly name: string
  calls: number
  open: number
}

/** Calls of the API that act on one key. `expire` exists in the model only. */
function callMap(map: RegisterMap, key: string, action: Action, reading: CallOptions, writing: WriteOptions): Promise<Result> {
  switch (action.name) {
    case 'put':
      return map.put(key, action.value, writing)
    case 'set':
      return map.set(key, action.value, writing).then(() => undefined)
    case 'putIfAbsent':
      return map.putIfAbsent(key, action.value, writing)
    case 'replace':
      return map.replace(key, action.value)
    case 'replaceIfSame':
      return map.replaceIfSame(key, action.expected, action.value)
    case 'remove':
      return map.remove(key)
    case 'removeIfSame':
      return map.removeIfSame(key, action.expected)
    case 'delete':
      return map.delete(key)
    case 'containsKey':
      return map.containsKey(key, reading)
    case 'get':
      return map.get(key, reading)
    case 'append':
      return map.executeOnKey<string>(key, 'append', action.value)
    case 'clear':
    case 'expire':
    case 'copyRead':
      throw new Error(`${action.name} is not an action on one key of a map`)
  }
}

function takesTtl({ name }: Action): boolean {
  return name === 'put' || name === 'set' || name === 'putIfAbsent'
}

export class Workload {
  readonly #cluster: Cluster
  readonly #history: History
  /** Clears that have no answer yet. */
  readonly #clearing = new Set<{ readonly client: string; readonly calls: Call[] }>()
  readonly #random: Prng
  readonly #options: WorkloadOptions
  readonly #keys: Key[] = []
  readonly #seen = new Map<string, string>()
  readonly keysUsed: string[] = []
  /** Errors that no member may give to a caller. */
  readonly unexpected: string[] = []
  /** Called after each acknowledged write. */
  onAck: (key: string) => void = () => undefined
  readonly #residents: Residents
  #values = 0

  constructor(cluster: Cluster, history: History, random: Prng, options: WorkloadOptions) {
    this.#cluster = cluster
    this.#history = history
    this.#random = random
    this.#options = options
    this.#residents = new Residents(cluster, random)
    for (let i = 0; i < options.keys; i++) this.#keys.push(this.#newKey())
  }

  start(): void {
    const { clients, readers } = this.#options
    for (let i = 0; i < clients; i++) {
      const client = i < readers ? `r${i + 1}` : `w${i + 1}`
      this.#residents.add((env, member, setBusy) => this.#live(client, i < readers, env, member, setBusy))
    }
  }

  stop(): void {
    this.#residents.stop()
  }

  /** Calls without an answer; those of a crashed member are not counted, nobody waits for them. */
  get callsUnderWay(): number {
    return this.#residents.busy
  }

  async #live(
    client: string,
    onlyReading: boolean,
    env: Env,
    member: SubjectMember,
    setCalling: (is: boolean) => void,
  ): Promise<void> {
    const map = member.map(this.#options.map)
    while (!this.#residents.isStopped && member.state() === 'running') {
      setCalling(true)
      await this.#callOnce(client, map, onlyReading)
      setCalling(false)
      const thinkMs = 2 * this.#random.float() * this.#options.thinkMs
      await pause(env.clock, thinkMs)
    }
  }

  get keysInUse(): readonly string[] {
    return this.#keys.map(({ name }) => name)
  }

  /** A `set` of somebody with promises of its own. */
  async setOne(client: string, random: Prng, set: (key: string, value: string) => Promise<void>): Promise<void> {
    const key = random.pick(this.#keys)
    const value = `v${++this.#values}`
    const call = this.#ask(client, key, { name: 'set', value })
    await this.#answer(
      [call],
      [key],
      set(key.name, value).then(() => [undefined]),
    )
  }

  async #callOnce(client: string, map: RegisterMap, onlyReading: boolean): Promise<void> {
    const drawn = onlyReading ? 'get' : this.#draw()
    const name = drawn === 'clear' && this.#clearing.size >= OPEN_CLEARS_MAX ? 'get' : drawn
    const reading = onlyReading ? { timeoutMs: this.#options.readTimeoutMs } : {}
    if (name === 'getAll' || name === 'putAll') {
      const keys = this.#random.shuffled(this.#keys).slice(0, 1 + this.#random.below(4))
      const actions = keys.map(key => this.#actionOn(key, name === 'getAll' ? 'get' : 'set'))
      const calls = keys.map((key, i) => this.#ask(client, key, actions[i]!))
      const names = keys.map(key => key.name)
      const all =
        name === 'getAll'
          ? map.getAll(names).then(found => names.map(key => found.get(key) ?? null))
          : map
              .putAll(actions.map((action, i) => [names[i]!, (action as { value: string }).value]))
              .then(() => names.map(() => undefined))
      await this.#answer(calls, keys, all)
    } else if (name === 'query') {
      const keys = [...this.#keys]
      const calls = keys.map(key => this.#ask(client, key, { name: 'get' }))
      const found = map.entrySet({ where: allValues }).then(entries => new Map(entries))
      await this.#answer(
        calls,
        keys,
        found.then(values => keys.map(key => values.get(key.name) ?? null)),
      )
    } else if (name === 'clear') {
      // also of keys that nobody uses any more: they are read in the end
      const calls = this.keysUsed.map(key => this.#history.ask(client, key, { name }, this.#cluster.world.nowMs))
      const cleared = map.clear().then(() => calls.map(() => undefined))
      const clearing = { client, calls }
      this.#clearing.add(clearing)
      await this.#answer(calls, [...this.#keys], cleared)
      // one that nobody knows the outcome of may still come, to later keys as well
      if (calls.every(({ status }) => status !== 'open')) this.#clearing.delete(clearing)
    } else {
      const key = this.#random.pick(this.#keys)
      const action = this.#actionOn(key, name)
      const ttlMs = takesTtl(action) ? this.#drawTtl() : 0
      const call = this.#ask(client, key, action, ttlMs)
      await this.#answer(
        [call],
        [key],
        callMap(map, key.name, action, reading, ttlMs === 0 ? {} : { ttlMs }).then(result => [result]),
      )
    }
  }

  #ask(client: string, key: Key, action: Action, ttlMs = 0): Call {
    key.calls++
    if (key.calls >= this.#options.callsPerKeyMax) this.#retire(key)
    return this.#history.ask(client, key.name, action, this.#cluster.world.nowMs, ttlMs)
  }

  async #answer(calls: readonly Call[], keys: readonly Key[], answer: Promise<readonly Result[]>): Promise<void> {
    const { world } = this.#cluster
    try {
      const results = await answer
      calls.forEach((call, i) => {
        this.#history.ok(call, results[i], world.nowMs)
        if (typeof results[i] === 'string') this.#seen.set(call.key, results[i])
        if (!onlyReads(call.action)) this.onAck(call.key)
      })
    } catch (error) {
      if (!isCobnutError(error)) this.unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
      const isUndone = isCobnutError(error) && error.outcome === 'not-applied'
      const text = isCobnutError(error) ? error.code : String(error)
      calls.forEach((call, i) => {
        if (isUndone) this.#history.failed(call, text, world.nowMs)
        else this.#leaveOpen(call, keys[i], text)
      })
    }
  }

  #leaveOpen(call: Call, given: Key | undefined, error: string): void {
    this.#history.unknown(call, error)
    const key = given?.name === call.key ? given : this.#keys.find(({ name }) => name === call.key)
    if (key !== undefined && !onlyReads(call.action) && ++key.open >= OPEN_PER_KEY_MAX) this.#retire(key)
  }

  #retire(key: Key): void {
    const at = this.#keys.indexOf(key)
    if (at >= 0) this.#keys[at] = this.#newKey()
  }

  #newKey(): Key {
    const name = `k${this.keysUsed.length}`
    this.keysUsed.push(name)
    // what is being cleared now may be cleared of this one too
    for (const { client, calls } of this.#clearing) {
      calls.push(this.#history.ask(client, name, { name: 'clear' }, this.#cluster.world.nowMs))
    }
    return { name, calls: 0, open: 0 }
  }

  /** Draws nothing where nothing has a limit. */
  #drawTtl(): number {
    const { ttlsMs } = this.#options
    return ttlsMs.length === 0 ? 0 : this.#random.pick([0, ...ttlsMs])
  }

  #draw(): Mix[number][1] {
    const { mix } = this.#options
    let left = this.#random.below(mix.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, name] of mix) {
      left -= weight
      if (left < 0) return name
    }
    return 'get'
  }

  #actionOn(key: Key, name: Asked): Action {
    const value = `v${++this.#values}`
    const seen = this.#seen.get(key.name) ?? 'v0'
    switch (name) {
      case 'put':
      case 'set':
      case 'putIfAbsent':
      case 'replace':
      case 'append':
        return { name, value }
      case 'replaceIfSame':
        return { name, expected: seen, value }
      case 'removeIfSame':
      case 'expire':
        return { name, expected: seen }
      default:
        return { name }
    }
  }
}
