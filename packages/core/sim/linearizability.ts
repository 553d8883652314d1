/**
 * Whether the calls on one key can be explained by one order in which each took effect at one instant between its asking
 * and its answer. The search of Wing and Gong, with Lowe's memory of configurations that led nowhere.
 *
 * The calls stand in a list of asks and answers in order of time. An ask may be taken as the next effect as long as no
 * answer stands before it; taking one lifts its pair out of the list:
 *
 *     ask A   ask B   answer A   ask C   answer C   (B open: its answer stands at the end, and need not be reached)
 *       ^       ^     |
 *       may be first  `-- whoever was not asked before this cannot be
 */

import type { Call } from './history.js'
import { onlyReads, type Register, step } from './register-model.js'

export type Verdict = 'linearizable' | 'violation' | 'undecided'

/** New configurations before the search gives up; about a second. */
const TRIES_MAX = 500_000
/** And for each of them so many steps, most of which lead to one that was there before. */
const STEPS_PER_TRY = 40

interface Node {
  readonly call: Call
  /** Position of the call among all that matter. */
  readonly index: number
  readonly isAsk: boolean
  /** The answer that belongs to an ask. */
  pair: Node | null
  before: Node | null
  after: Node | null
}

export function checkKey(calls: readonly Call[], initial: Register = null, triesMax: number = TRIES_MAX): Verdict {
  const relevant = calls.filter(call => call.status === 'ok' || (call.status === 'open' && !onlyReads(call.action)))
  let unexplained = relevant.filter(call => call.status === 'ok').length
  if (unexplained === 0) return 'linearizable'
  const head = listOf(relevant)
  const visited = new Configurations(relevant.length)
  const taken: { readonly node: Node; readonly held: Register }[] = []
  let held = initial
  let node = head.after
  let steps = 0
  const longest = longestSeen(relevant)
  while (unexplained > 0) {
    if (++steps > STEPS_PER_TRY * triesMax) return 'undecided'
    if (node === null || !node.isAsk) {
      // An answer whose ask was not taken bars the way: take back the last step and try the next candidate.
      const last = taken.pop()
      if (last === undefined) return 'violation'
      putBack(last.node)
      visited.toggle(last.node.index)
      if (last.node.call.status === 'ok') unexplained++
      held = last.held
      node = last.node.after
      continue
    }
    const { call, index } = node
    const { next, result } = step(held, call.action)
    // one that may never happen and would change nothing now is left for later: nothing is missed by it
    const isIdle = call.status === 'open' && next === held
    if (!isIdle && isAlong(next, longest) && (call.status === 'open' || result === undefined || result === call.result)) {
      visited.toggle(index)
      if (visited.add(next)) {
        if (visited.size > triesMax) return 'undecided'
        taken.push({ node, held })
        liftOut(node)
        if (call.status === 'ok') unexplained--
        held = next
        node = head.after
        continue
      }
      visited.toggle(index)
    }
    node = node.after
  }
  return 'linearizable'
}

/**
 * How many asks and answers of a violating key it takes until no order explains them: the last of them is the one that
 * cannot be true.
 */
export function firstImpossible(calls: readonly Call[], initial: Register = null): Call | null {
  const answered = calls.filter(call => call.status === 'ok').sort((a, b) => a.answeredOrder - b.answeredOrder)
  const isViolatedAfter = (count: number): boolean => {
    const until = answered[count - 1]?.answeredOrder ?? 0
    const prefix = calls
      .filter(call => call.askedOrder <= until)
      .map(call => (call.answeredOrder <= until ? call : { ...call, status: 'open' as const, answeredOrder: Infinity }))
    return checkKey(prefix, initial) === 'violation'
  }
  let low = 0
  let high = answered.length
  if (!isViolatedAfter(high)) return null
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if (isViolatedAfter(middle)) high = middle
    else low = middle
  }
  return answered[high - 1] ?? null
}

/** Of a value that only grows: the longest that anybody saw. Null = it is written in other ways too. */
function longestSeen(calls: readonly Call[]): string | null {
  if (!calls.every(({ action }) => action.name === 'append' || onlyReads(action))) return null
  return calls.reduce((seen, { result }) => (typeof result === 'string' && result.length > seen.length ? result : seen), '')
}

/** A value that only grows begins the longest that was seen, or goes on from it: any other order is tried in vain. */
const isAlong = (held: Register, longest: string | null): boolean =>
  longest === null || held === null || longest.startsWith(held) || held.startsWith(longest)

function listOf(calls: readonly Call[]): Node {
  const nodes: { readonly order: number; readonly node: Node }[] = []
  calls.forEach((call, index) => {
    const answer: Node = { call, index, isAsk: false, pair: null, before: null, after: null }
    const ask: Node = { call, index, isAsk: true, pair: answer, before: null, after: null }
    nodes.push({ order: call.askedOrder, node: ask })
    nodes.push({ order: call.status === 'ok' ? call.answeredOrder : Infinity, node: answer })
  })
  nodes.sort((a, b) => (a.order === b.order ? a.node.index - b.node.index : a.order - b.order))
  const head: Node = { call: calls[0]!, index: -1, isAsk: false, pair: null, before: null, after: null }
  let last = head
  for (const { node } of nodes) {
    last.after = node
    node.before = last
    last = node
  }
  return head
}

function liftOut(ask: Node): void {
  for (const node of [ask, ask.pair!]) {
    node.before!.after = node.after
    if (node.after !== null) node.after.before = node.before
  }
}

/** Undoes `liftOut`; only in the reverse order. */
function putBack(ask: Node): void {
  for (const node of [ask.pair!, ask]) {
    node.before!.after = node
    if (node.after !== null) node.after.before = node
  }
}

/** Which calls have taken effect, and all such sets, each with the register it left, that were tried before. */
class Configurations {
  readonly #done: Uint32Array
  readonly #marks: Uint32Array
  #hash = 0
  #size = 0
  /** A number for each that was there: one set of calls may leave very many. */
  readonly #registers = new Map<Register, number>()
  readonly #seen = new Map<number, { readonly done: Uint32Array; readonly held: Register }[]>()

  constructor(calls: number) {
    this.#done = new Uint32Array((calls + 31) >> 5)
    this.#marks = Uint32Array.from({ length: calls }, (_, i) => Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(i + 7, 0x85ebca6b))
  }

  get size(): number {
    return this.#size
  }

  toggle(index: number): void {
    this.#done[index >> 5]! ^= 1 << (index & 31)
    this.#hash ^= this.#marks[index]!
  }

  /** False if this set with this register was there before. */
  add(held: Register): boolean {
    const register = this.#registers.get(held) ?? this.#registers.size
    this.#registers.set(held, register)
    const key = this.#hash ^ Math.imul(register, 0xc2b2ae35)
    const alike = this.#seen.get(key)
    if (alike?.some(other => other.held === held && isEqual(other.done, this.#done))) return false
    const added = { done: this.#done.slice(), held }
    if (alike === undefined) this.#seen.set(key, [added])
    else alike.push(added)
    this.#size++
    return true
  }
}

function isEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
