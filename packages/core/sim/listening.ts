/**
 * Clients that only listen. Promised are, of one owner: the changes of one key once each, and in their order; and of an owner
 * that lives and can be reached: all of them. A new owner may tell again what the old one may have told.
 */

import type { EntryEvent } from '../src/api/map.js'
import { isCobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Violation } from './checkers.js'
import type { Cluster, Seated } from './cluster.js'
import type { Call, History } from './history.js'
import { Residents } from './residents.js'
import type { SubjectMember } from './subject.js'

const VIOLATIONS_MAX = 3

/** What one listener heard while its member lived. */
interface Ear {
  readonly at: string
  /** Every member knows of it from then on. */
  readySinceMs: number
  isGone: boolean
  readonly heard: { readonly key: string; readonly value: string; readonly owner: string }[]
}

export class Listening {
  readonly #cluster: Cluster
  readonly #map: string
  readonly #residents: Residents
  readonly #ears: Ear[] = []
  readonly #unexpected: string[] = []

  constructor(cluster: Cluster, map: string, random: Prng) {
    this.#cluster = cluster
    this.#map = map
    this.#residents = new Residents(cluster, random)
  }

  start(listeners: number): void {
    for (let i = 0; i < listeners; i++) this.#residents.add((_env, member, _setBusy, host) => this.#live(member, host))
  }

  stop(): void {
    this.#residents.stop()
  }

  /** Events heard. */
  get count(): number {
    return this.#ears.reduce((sum, { heard }) => sum + heard.length, 0)
  }

  async #live(member: SubjectMember, host: Seated['host']): Promise<void> {
    const ear: Ear = { at: host.name, readySinceMs: Infinity, isGone: false, heard: [] }
    this.#ears.push(ear)
    host.whenDown(() => {
      ear.isGone = true
    })
    const hear = ({ key, value, memberId }: EntryEvent<string, string>): void => {
      if (value === undefined) this.#unexpected.push(`an event of ${key} at ${host.name} has no value`)
      else ear.heard.push({ key, value, owner: memberId })
    }
    try {
      await member.map(this.#map).addEntryListener({ added: hear, updated: hear })
    } catch (error) {
      // cut off from those who decide, it cannot use a map that nobody has declared so far; or its member stops before all
      // have heard of it: it looks for a member again
      if (!isCobnutError(error, 'NO_LEADER') && !isCobnutError(error, 'MEMBER_STOPPED')) throw error
      return
    }
    ear.readySinceMs = this.#cluster.world.nowMs
    // it stays until the member goes
    await new Promise(() => undefined)
  }

  /** `calm`: nothing was broken between these times, so that nothing may be missing. */
  check(history: History, calm: { readonly fromMs: number; readonly untilMs: number } | null): Violation[] {
    const writes = new Map<string, Call>()
    for (const call of history.calls) if ('value' in call.action) writes.set(call.action.value, call)
    const texts = [
      ...this.#unexpected,
      ...this.#ears.flatMap(ear => disorderOf(ear, writes)),
      ...(calm === null ? [] : this.#missing(writes, calm.fromMs, calm.untilMs)),
    ]
    return texts.slice(0, VIOLATIONS_MAX).map(text => ({ promise: 'events', text }))
  }

  #missing(writes: ReadonlyMap<string, Call>, fromMs: number, untilMs: number): string[] {
    const texts: string[] = []
    for (const ear of this.#ears) {
      if (ear.isGone || ear.readySinceMs > fromMs) continue
      const heard = new Set(ear.heard.map(({ value }) => value))
      for (const [value, call] of writes) {
        if (call.askedMs < fromMs || call.answeredMs > untilMs || !hasWritten(call) || heard.has(value)) continue
        texts.push(`the listener at ${ear.at} was not told of ${call.key} = ${value}, written at ${call.askedMs.toFixed(3)}`)
      }
    }
    return texts
  }
}

/** Whether the value was stored, by the answer. */
function hasWritten({ action, status, result }: Call): boolean {
  if (status !== 'ok') return false
  if (action.name === 'putIfAbsent') return result === null
  if (action.name === 'replace') return result !== null
  return action.name === 'replaceIfSame' ? result === true : true
}

/** Within what one owner told of one key: nothing twice, and nothing after what can only have come later. */
function disorderOf(ear: Ear, writes: ReadonlyMap<string, Call>): string[] {
  const texts: string[] = []
  const told = new Set<string>()
  const newestAsked = new Map<string, { readonly order: number; readonly value: string }>()
  for (const { key, value, owner } of ear.heard) {
    const call = writes.get(value)
    if (call === undefined || call.key !== key) {
      texts.push(`the listener at ${ear.at} was told ${key} = ${value}, which nobody wrote`)
      continue
    }
    if (told.has(`${owner} ${value}`)) texts.push(`the listener at ${ear.at} was told twice by one owner: ${key} = ${value}`)
    told.add(`${owner} ${value}`)
    const of = `${owner} ${key}`
    const newest = newestAsked.get(of)
    if (newest !== undefined && call.answeredOrder < newest.order)
      texts.push(
        `the listener at ${ear.at} was told ${key} = ${newest.value} before ${value}, which was there when that was asked`,
      )
    if (newest === undefined || call.askedOrder > newest.order) newestAsked.set(of, { order: call.askedOrder, value })
  }
  return texts
}
