/**
 * Calls that wait at the owner until somebody else's lock is gone: in order for each key, and no longer than they want to.
 * Nothing has been done for any of them, so that the owner may forget them when its epoch ends: their callers ask the
 * next owner. A call that is asked for again while it waits is the same call, and answers to where it was asked last.
 *
 *      queues:  key a | call | call | call |        each queue behind one lock
 *               key b | call |
 */

import type { Respond } from './copy.js'
import type { HeldLock } from './group-data.js'
import type { InvocationId } from './record.js'
import { type MapRequest, ownRequest } from './request.js'

/** In one group. Beyond: OVERLOADED, which callers retry. */
const callsMax = 10_000

export interface Call {
  readonly request: MapRequest
  readonly invocation: InvocationId | null
  readonly respond: Respond
}

interface Parked {
  readonly request: MapRequest
  readonly invocation: InvocationId | null
  respond: Respond
  readonly queue: Queue
  /** Monotonic ms; Infinity = waits for ever. */
  readonly endsMs: number
}

interface Queue {
  readonly key: string
  calls: Parked[]
  lock: Obstacle
}

/** The lock that a call waits for. */
export interface Obstacle extends HeldLock {
  /** The record of the tail that it is in; 0 = it is committed. */
  readonly seq: number
}

const nameOf = ({ session, number }: InvocationId): string => `${session} ${number}`

const keyOf = ({ mapId, key }: MapRequest): string => {
  let text = `${mapId}:`
  for (const byte of key ?? []) text += String.fromCharCode(byte)
  return text
}

export interface ParkingOwner {
  /** Tries a call again. Null: it is done, one way or the other; else the lock that it still waits for. */
  perform(call: Call): Obstacle | null
  /** The call has waited as long as it wanted to, at last for this lock. */
  giveUp(call: Call, lock: Obstacle): void
}

export class Parking {
  readonly #owner: ParkingOwner
  readonly #queues = new Map<string, Queue>()
  readonly #byInvocation = new Map<string, Parked>()
  #size = 0
  /** The first of the ends of waiting, or earlier. */
  #nextEndMs = Number.POSITIVE_INFINITY

  constructor(owner: ParkingOwner) {
    this.#owner = owner
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= callsMax
  }

  /** @param endsMs monotonic; how long the call may wait. */
  park({ request, invocation, respond }: Call, lock: Obstacle, endsMs: number): void {
    const key = keyOf(request)
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = { key, calls: [], lock }
      this.#queues.set(key, queue)
    }
    const parked = { request: ownRequest(request), invocation, respond, queue, endsMs }
    queue.calls.push(parked)
    queue.lock = lock
    if (invocation !== null) this.#byInvocation.set(nameOf(invocation), parked)
    this.#size++
    this.#nextEndMs = Math.min(this.#nextEndMs, endsMs)
  }

  /** True: that call waits here, and answers to `respond` from now on. */
  takeOver(invocation: InvocationId, respond: Respond): boolean {
    if (this.#size === 0) return false
    const parked = this.#byInvocation.get(nameOf(invocation))
    if (parked !== undefined) parked.respond = respond
    return parked !== undefined
  }

  /** Forgets a call that its caller has taken back. */
  remove(invocation: InvocationId): void {
    const parked = this.#byInvocation.get(nameOf(invocation))
    if (parked === undefined) return
    this.#take(parked.queue, call => call === parked)
  }

  /** Forgets the calls of sessions that have ended: nobody would hear of what was done for them, of a lock least of all. */
  forgetSessions(hasEnded: (session: string) => boolean): void {
    const isOrphan = ({ invocation }: Parked): boolean => invocation !== null && hasEnded(invocation.session)
    for (const queue of [...this.#queues.values()]) this.#take(queue, isOrphan)
  }

  /** Those of a queue that shall wait no longer. */
  #take(queue: Queue, isOver: (call: Parked) => boolean): Parked[] {
    const over = queue.calls.filter(isOver)
    if (over.length === 0) return over
    queue.calls = queue.calls.filter(call => !isOver(call))
    if (queue.calls.length === 0) this.#queues.delete(queue.key)
    for (const call of over) this.#forget(call)
    return over
  }

  #forget({ invocation }: Parked): void {
    this.#size--
    if (invocation !== null) this.#byInvocation.delete(nameOf(invocation))
  }

  /** The key of this request may be free now. */
  wake(request: MapRequest): void {
    if (this.#size === 0) return
    const queue = this.#queues.get(keyOf(request))
    if (queue !== undefined) this.#drain(queue)
  }

  wakeAll(): void {
    for (const queue of [...this.#queues.values()]) this.#drain(queue)
  }

  /** In order; once one has to go on waiting, only those get by it that the new holder sent before it had the lock. */
  #drain(queue: Queue): void {
    const { calls } = queue
    const waiting: Parked[] = []
    let lock: Obstacle | null = null
    for (const call of calls) {
      const isBehind: boolean = lock !== null && !isFrom(call.request, lock)
      const still: Obstacle | null = isBehind ? lock : this.#owner.perform(call)
      if (still === null) this.#forget(call)
      else {
        waiting.push(call)
        lock = still
      }
    }
    queue.calls = waiting
    if (lock === null) this.#queues.delete(queue.key)
    else queue.lock = lock
  }

  tick(nowMs: number, wallMs: number): void {
    if (this.#size === 0) return
    for (const queue of [...this.#queues.values()]) if (queue.lock.untilMs <= wallMs) this.#drain(queue)
    if (this.#nextEndMs <= nowMs) this.#endWaiting(nowMs)
  }

  #endWaiting(nowMs: number): void {
    this.#nextEndMs = Number.POSITIVE_INFINITY
    for (const queue of [...this.#queues.values()]) {
      const over = this.#take(queue, call => call.endsMs <= nowMs)
      for (const { endsMs } of queue.calls) this.#nextEndMs = Math.min(this.#nextEndMs, endsMs)
      for (const call of over) this.#owner.giveUp(call, queue.lock)
    }
  }

  /** All of them, to be told that they do not wait here any more. */
  empty(): Call[] {
    const calls = [...this.#queues.values()].flatMap(queue => queue.calls)
    this.#queues.clear()
    this.#byInvocation.clear()
    this.#size = 0
    this.#nextEndMs = Number.POSITIVE_INFINITY
    return calls
  }
}

const isFrom = ({ caller }: MapRequest, lock: HeldLock): boolean =>
  caller !== undefined && caller.endpoint === lock.endpoint && caller.threadId === lock.threadId
