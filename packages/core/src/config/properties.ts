/** <properties> with effect: the typed values of the table in protocol/knobs.ts. */

import type { Knobs } from '../api/config.js'
import { type KnobRow, knobRows, textProperties, wordRows } from '../protocol/knobs.js'
import type { Place } from './data-tree.js'
import { nearest } from './nearest.js'
import type { Problems } from './problems.js'
import type { WithoutEffect } from './reader.js'

const ours = 'cobnut.'

/** The value has a meaning only if no problem was added. */
export function knobsOf(
  properties: ReadonlyMap<string, string>,
  placeOf: (path: string) => Place,
  problems: Problems,
): { readonly knobs: Knobs; readonly withoutEffect: readonly WithoutEffect[] } {
  const words = wordRows.map(({ property, knob, words: allowed }) => {
    const given = properties.get(property)?.trim() ?? allowed[0]
    if (!allowed.includes(given)) {
      const path = pathOf(property)
      problems.add(placeOf(path), path, `"${given}" is not a value of it`, { allowed: allowed.join(' or ') })
    }
    return [knob, given] as const
  })
  const numbers = knobRows.map(row => {
    const given = properties.get(row.property)
    const value = given === undefined ? row.default : numberOf(row, given)
    if (value === null) {
      const path = pathOf(row.property)
      const allowed = `a whole number from ${row.min} to ${row.max} (${row.unit})`
      problems.add(placeOf(path), path, `"${given}" is not a value of it`, { allowed })
    }
    return [row.knob, (value ?? row.default) * row.factor] as const
  })
  const knobs = Object.fromEntries([...words, ...numbers]) as unknown as Knobs
  checkTimes(knobs, properties, (property, message, allowed) => {
    const path = pathOf(property)
    problems.add(placeOf(path), path, message, { allowed })
  })
  const known = [...knobRows.map(row => row.property), ...wordRows.map(row => row.property), ...Object.keys(textProperties)]
  const withoutEffect: WithoutEffect[] = []
  for (const name of properties.keys()) {
    if (known.includes(name)) continue
    const path = pathOf(name)
    const meant = nearest(name, known)
    if (name.startsWith(ours)) {
      const message = 'this property does not exist'
      problems.add(placeOf(path), path, message, meant === null ? { allowed: known.join(', ') } : { didYouMean: meant })
    } else {
      withoutEffect.push({
        path,
        reason: meant === null ? 'it has no effect here' : `it has no effect here; did you mean "${meant}"?`,
      })
    }
  }
  return { knobs, withoutEffect }
}

/**
 * With signs of life that are too far apart every lease would end before it is renewed, and members that live would be taken for
 * dead as soon as one sign is late.
 */
function checkTimes(
  { heartbeatIntervalMs, leaseMs, suspectAfterMs }: Knobs,
  given: ReadonlyMap<string, string>,
  report: (property: string, message: string, allowed: string) => void,
): void {
  const heartbeat = 'cobnut.heartbeat.interval.millis'
  const rules = [
    { property: 'cobnut.lease.millis', ms: leaseMs, leastMs: heartbeatIntervalMs * 2 },
    { property: 'cobnut.suspect.after.millis', ms: suspectAfterMs, leastMs: heartbeatIntervalMs * 2 + 1 },
  ]
  for (const { property, ms, leastMs } of rules) {
    if (ms >= leastMs) continue
    const message = `${property} is ${ms} with a sign of life every ${heartbeatIntervalMs} ms`
    report(given.has(property) ? property : heartbeat, message, `at least ${leastMs}, or a shorter ${heartbeat}`)
  }
}

const pathOf = (property: string): string => `hazelcast.properties[${property}]`

function numberOf({ min, max }: KnobRow, given: string): number | null {
  const text = given.trim()
  return /^[+-]?\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : null
}
