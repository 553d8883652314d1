/**
 * A map on two processes of one machine, as simple as it can be right: the primary handles one call after the other, and
 * a write is answered when the backup has it. The backup takes over when the primary is proved dead. With `answersEarly`
 * it is wrong in the way that this simulator exists to find.
 */

import type { Action, Result } from '../../sim/history.js'
import { onlyReads, type Register, step } from '../../sim/register-model.js'
import type { RegisterMap, Seat, Subject, SubjectMember } from '../../sim/subject.js'
import type { CallSession } from '../../src/api/map.js'
import { CobnutError, isCobnutError } from '../../src/base/errors.js'
import { memberId } from '../../src/base/ids.js'
import type { Address, Env, Pipe } from '../../src/env/env.js'
import { SeenPositions } from '../../src/operation/call-session.js'

type Message =
  | { readonly type: 'join'; readonly id: string; readonly token: string }
  | { readonly type: 'welcome'; readonly id: string; readonly token: string; readonly entries: [string, string][] }
  | { readonly type: 'copy'; readonly number: number; readonly key: string; readonly value: Register }
  | { readonly type: 'copied'; readonly number: number }
  | { readonly type: 'call'; readonly number: number; readonly key: string; readonly action: Action }
  | { readonly type: 'answer'; readonly number: number; readonly result: Result }

export class ToyRegister implements Subject {
  readonly #answersEarly: boolean

  constructor(answersEarly: boolean) {
    this.#answersEarly = answersEarly
  }

  async start(env: Env, seat: Seat): Promise<SubjectMember> {
    const member = new ToyMember(env, seat, this.#answersEarly)
    await member.start()
    return member
  }
}

class ToyMember implements SubjectMember {
  readonly id: string
  readonly #env: Env
  readonly #isFirst: boolean
  readonly #here: Address
  readonly #there: Address
  readonly #answersEarly: boolean
  #token = ''
  #role: 'seeking' | 'primary' | 'backup' = 'seeking'
  #peer: { readonly pipe: Pipe; readonly id: string; readonly token: string } | null = null
  readonly #entries = new Map<string, string>()
  /** The tail of what the primary has to do: one thing after the other. */
  #work: Promise<unknown> = Promise.resolve()
  #numbers = 0
  readonly #waiting = new Map<number, { resolve(result: Result): void; reject(error: Error): void }>()
  #onRole: () => void = () => undefined
  #state: 'running' | 'stopped' = 'running'

  constructor(env: Env, seat: Seat, answersEarly: boolean) {
    this.id = env.random.uuid()
    this.#env = env
    this.#isFirst = seat.name === 'm1'
    this.#here = { host: seat.own, port: this.#isFirst ? 5701 : 5702 }
    this.#there = { host: seat.own, port: this.#isFirst ? 5702 : 5701 }
    this.#answersEarly = answersEarly
  }

  async start(): Promise<void> {
    this.#token = (await this.#env.network.announce(memberId(this.id))).token
    await this.#env.network.listen({ ...this.#here, portCount: 0, onPipe: pipe => this.#talk(pipe) })
    const hasRole = new Promise<void>(resolve => {
      this.#onRole = resolve
    })
    this.#seek()
    await hasRole
  }

  #seek(): void {
    if (this.#role !== 'seeking') return
    this.#env.network.dial(this.#there, 1000).then(
      pipe => {
        const send = this.#talk(pipe)
        send({ type: 'join', id: this.id, token: this.#token })
      },
      (error: unknown) => {
        const nobodyThere = isCobnutError(error) && error.details.refused === true
        if (this.#isFirst && nobodyThere) this.#take('primary')
        else this.#env.clock.after(50, () => this.#seek())
      },
    )
  }

  #take(role: 'primary' | 'backup'): void {
    this.#role = role
    this.#onRole()
  }

  /** Frames: four bytes of length, then JSON. Returns how to send one. */
  #talk(pipe: Pipe): (message: Message) => void {
    let held = new Uint8Array(0)
    const send = (message: Message): void => writeFrame(pipe, message)
    pipe.start({
      onData: chunk => {
        const joined = new Uint8Array(held.length + chunk.length)
        joined.set(held)
        joined.set(chunk, held.length)
        held = joined
        for (;;) {
          const length = held.length < 4 ? Infinity : new DataView(held.buffer, held.byteOffset).getUint32(0)
          if (held.length < 4 + length) return
          const frame = held.subarray(4, 4 + length)
          held = held.subarray(4 + length)
          this.#onMessage(pipe, JSON.parse(new TextDecoder().decode(frame)))
        }
      },
      onDrain: () => undefined,
      onClose: () => this.#onClose(pipe),
    })
    return send
  }

  #onMessage(pipe: Pipe, message: Message): void {
    switch (message.type) {
      case 'join':
        if (this.#role === 'primary') void this.#inTurn(async () => this.#admit(pipe, message.id, message.token))
        else {
          pipe.destroy()
          if (this.#isFirst) this.#take('primary')
        }
        return
      case 'welcome':
        for (const [key, value] of message.entries) this.#entries.set(key, value)
        this.#peer = { pipe, id: message.id, token: message.token }
        this.#take('backup')
        return
      case 'copy':
        this.#apply(message.key, message.value)
        writeFrame(pipe, { type: 'copied', number: message.number })
        return
      case 'call':
        void this.#handle(message.key, message.action).then(result => {
          writeFrame(pipe, { type: 'answer', number: message.number, result })
        })
        return
      case 'copied':
      case 'answer': {
        const waiting = this.#waiting.get(message.number)
        this.#waiting.delete(message.number)
        waiting?.resolve(message.type === 'answer' ? message.result : undefined)
      }
    }
  }

  #admit(pipe: Pipe, id: string, token: string): void {
    this.#peer = { pipe, id, token }
    writeFrame(pipe, { type: 'welcome', id: this.id, token: this.#token, entries: [...this.#entries] })
  }

  #onClose(pipe: Pipe): void {
    if (this.#role === 'seeking') this.#env.clock.after(50, () => this.#seek())
    if (this.#peer?.pipe !== pipe) return
    const { token } = this.#peer
    this.#peer = null
    const look = async (): Promise<void> => {
      if ((await this.#env.network.probe(token)) !== 'dead') {
        this.#env.clock.after(5, () => void look())
        return
      }
      this.#role = 'primary'
      const waiting = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const { reject } of waiting) reject(new CobnutError('MEMBER_LEFT'))
    }
    void look()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => undefined)
    return done
  }

  #handle(key: string, action: Action): Promise<Result> {
    return this.#inTurn(async () => {
      const { next, result } = step(this.#entries.get(key) ?? null, action)
      if (!onlyReads(action)) {
        const copied = this.#copy(key, next)
        if (!this.#answersEarly) await copied
        this.#apply(key, next)
      }
      return result
    })
  }

  /** Resolves when the backup has it, or is dead. */
  async #copy(key: string, value: Register): Promise<void> {
    const { pipe } = this.#peer ?? {}
    if (pipe === undefined) return
    await this.#ask(pipe, number => ({ type: 'copy', number, key, value })).catch(() => undefined)
  }

  #ask(pipe: Pipe, message: (number: number) => Message): Promise<Result> {
    const number = ++this.#numbers
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject })
      writeFrame(pipe, message(number))
    })
  }

  #apply(key: string, value: Register): void {
    if (value === null) this.#entries.delete(key)
    else this.#entries.set(key, value)
  }

  async #call(key: string, action: Action): Promise<Result> {
    if (this.#role === 'primary') return this.#handle(key, action)
    const { pipe } = this.#peer ?? {}
    if (pipe === undefined) throw new CobnutError('UNAVAILABLE')
    return this.#ask(pipe, number => ({ type: 'call', number, key, action }))
  }

  // --- its public face

  state(): 'running' | 'stopped' {
    return this.#state
  }

  word(): ReturnType<SubjectMember['word']> {
    const coordinator = this.#role === 'primary' ? this.id : (this.#peer?.id ?? null)
    return { safe: this.#peer !== null, safeButLost: false, stateVersion: 0, coordinator }
  }

  members(): string[] {
    return [this.id, ...(this.#peer === null ? [] : [this.#peer.id])]
  }

  readonly admin = null

  map(): RegisterMap {
    const act = (key: string, action: Action): Promise<never> => this.#call(key, action) as Promise<never>
    const noQueries = () => Promise.reject(new Error('the toy has no queries'))
    const noLocks = (): Promise<never> => Promise.reject(new Error('the toy locks nothing'))
    return {
      get: key => act(key, { name: 'get' }),
      containsKey: key => act(key, { name: 'containsKey' }),
      put: (key, value) => act(key, { name: 'put', value }),
      set: (key, value) => act(key, { name: 'set', value }),
      putIfAbsent: (key, value) => act(key, { name: 'putIfAbsent', value }),
      replace: (key, value) => act(key, { name: 'replace', value }),
      replaceIfSame: (key, expected, value) => act(key, { name: 'replaceIfSame', expected, value }),
      remove: key => act(key, { name: 'remove' }),
      removeIfSame: (key, expected) => act(key, { name: 'removeIfSame', expected }),
      delete: key => act(key, { name: 'delete' }),
      entrySet: noQueries,
      getAll: async keys =>
        new Map(await Promise.all([...keys].map(async key => [key, await act(key, { name: 'get' })] as const))),
      putAll: async entries => {
        for (const [key, value] of entries) await act(key, { name: 'set', value })
      },
      size: async () => this.#entries.size,
      executeOnKey: (key, _append, value) => act(key, { name: 'append', value: value as string }),
      clear: () => Promise.reject(new Error('the toy clears nothing')),
      addEntryListener: () => Promise.reject(new Error('the toy tells nobody')),
      lock: noLocks,
      tryLock: noLocks,
      unlock: noLocks,
      forceUnlock: noLocks,
      isLocked: noLocks,
    }
  }

  owns(): boolean {
    return this.#role === 'primary'
  }

  entries(): ReturnType<SubjectMember['entries']> {
    const isOwner = this.#role === 'primary'
    return { owned: isOwner ? this.#entries.size : 0, backups: isOwner ? 0 : this.#entries.size }
  }

  newSession(): CallSession {
    return new SeenPositions()
  }

  hasSeenOff(): false {
    return false
  }

  brokenBy(): null {
    return null
  }

  lostPartitions(): number {
    return 0
  }

  async shutdown(): Promise<void> {
    this.#state = 'stopped'
    this.#peer?.pipe.destroy()
  }
}

function writeFrame(pipe: Pipe, message: Message): void {
  const body = new TextEncoder().encode(JSON.stringify(message))
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setUint32(0, body.length)
  frame.set(body, 4)
  pipe.write(frame)
}
