/**
 * Values that live for a limited time, for the checker: whatever was written with a limit may vanish by itself at any moment
 * from then on, and not before. A run that has such values lets all clocks run true.
 */

import type { Call } from './history.js'

/** Members count whole milliseconds. */
const ROUNDING_MS = 2

/** The calls, and for each value with a limit what time may do to it: something that takes effect once it may, or never. */
export function withExpiry(calls: readonly Call[]): readonly Call[] {
  const limited = calls.filter(call => call.ttlMs > 0 && call.status !== 'failed' && 'value' in call.action)
  if (limited.length === 0) return calls
  const moments = calls
    .flatMap(call => [
      { atMs: call.askedMs, order: call.askedOrder },
      { atMs: call.answeredMs, order: call.answeredOrder },
    ])
    .filter(({ order }) => order < Infinity)
    .sort((a, b) => a.order - b.order)
  return [...calls, ...limited.map(call => expiryOf(call, moments))]
}

function expiryOf(call: Call, moments: readonly { readonly atMs: number; readonly order: number }[]): Call {
  const fromMs = call.askedMs + call.ttlMs - ROUNDING_MS
  const before = moments.findLast(({ atMs }) => atMs <= fromMs)
  return {
    client: 'time',
    key: call.key,
    action: { name: 'expire', expected: (call.action as { value: string }).value },
    askedMs: fromMs,
    askedOrder: (before?.order ?? 0) + 0.5,
    ttlMs: 0,
    answeredOrder: Infinity,
    answeredMs: Infinity,
    status: 'open',
    result: undefined,
    error: null,
  }
}
