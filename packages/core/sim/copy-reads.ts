/**
 * What reads of copies may answer: a value that somebody wrote, and that was not certainly replaced before the moment of which the
 * copy had to know. Every value is written once, so a value that was replaced never comes back.
 */

import { type Call, callText } from './history.js'

/** Clocks run at rates that differ by less than 5 % from the truth, and whole milliseconds are counted. */
const slackMs = 2
const slowestRate = 0.95

/** A change that certainly happened. `value` null: the entry went. */
interface Change {
  readonly value: string | null
  readonly call: Call
  /** It had happened when this answer came, in milliseconds and in order. */
  doneMs: number
  doneOrder: number
}

/** Of one key. */
export function checkCopyReads(calls: readonly Call[]): string[] {
  const reads = calls.filter(({ action, status }) => action.name === 'copyRead' && status === 'ok')
  if (reads.length === 0) return []
  const changes = changesIn(calls)
  const byValue = new Map(changes.flatMap(change => (change.value === null ? [] : [[change.value, change] as const])))
  const written = new Map(calls.flatMap(call => ('value' in call.action ? [[call.action.value, call] as const] : [])))
  return reads.flatMap(read => {
    const value = read.result as string | null
    const write = value === null ? undefined : written.get(value)
    if (value !== null && (write === undefined || write.status === 'failed' || write.askedOrder > read.answeredOrder))
      return [`nobody wrote what was read: ${callText(read)}`]
    const known = changes.filter(change => change.value !== value && hadToKnow(read, change, calls))
    const own = value === null ? undefined : byValue.get(value)
    const replaced = known.find(change =>
      value === null ? !mayBeGone(change, read, calls) : own !== undefined && change.call.askedOrder > own.doneOrder,
    )
    return replaced === undefined ? [] : [`replaced by ${callText(replaced.call)} when it was read: ${callText(read)}`]
  })
}

function hadToKnow(read: Call, change: Change, calls: readonly Call[]): boolean {
  const { maxAgeMs, session } = read.action as Extract<Call['action'], { name: 'copyRead' }>
  if (change.doneMs < read.askedMs - maxAgeMs / slowestRate - slackMs) return true
  if (session === null) return false
  return calls.some(call => {
    if (call.client !== session || call.status !== 'ok' || call.answeredOrder > read.askedOrder) return false
    const isRead = call.action.name === 'copyRead' && call.action.session === session
    return call === change.call || (isRead && change.value !== null && call.result === change.value)
  })
}

/** Something that takes an entry away may have come after the change. */
function mayBeGone(change: Change, read: Call, calls: readonly Call[]): boolean {
  return calls.some(call => {
    const { action, result, status } = call
    if (call.answeredOrder < change.call.askedOrder || call.askedOrder > read.answeredOrder || status === 'failed') return false
    if (action.name === 'clear') return true
    if (action.name === 'remove') return status === 'open' || result !== null
    return (action.name === 'delete' || action.name === 'removeIfSame') && (status === 'open' || result === true)
  })
}

function changesIn(calls: readonly Call[]): Change[] {
  const seen = new Map<string, Call>()
  for (const call of calls) {
    if (call.status !== 'ok' || typeof call.result !== 'string') continue
    const first = seen.get(call.result)
    if (first === undefined || call.answeredOrder < first.answeredOrder) seen.set(call.result, call)
  }
  return calls.flatMap(call => {
    const value = 'value' in call.action ? call.action.value : null
    const witness = value === null ? undefined : seen.get(value)
    const done = [...(hasChanged(call) ? [call] : []), ...(witness === undefined ? [] : [witness])]
    if (done.length === 0) return []
    const first = done.reduce((a, b) => (a.answeredOrder <= b.answeredOrder ? a : b))
    return [{ value, call, doneMs: first.answeredMs, doneOrder: first.answeredOrder }]
  })
}

/** By its own answer. */
function hasChanged({ action, status, result }: Call): boolean {
  if (status !== 'ok') return false
  switch (action.name) {
    case 'put':
    case 'set':
    case 'clear':
      return true
    case 'putIfAbsent':
      return result === null
    case 'replace':
    case 'remove':
      return result !== null
    case 'replaceIfSame':
    case 'removeIfSame':
    case 'delete':
      return result === true
    default:
      return false
  }
}
