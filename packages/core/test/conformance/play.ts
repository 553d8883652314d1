/** Plays one row: prepares its map, makes the call, and compares what can be seen of it with what the row says. */

import assert from 'node:assert/strict'
import { grouped, MapWatch } from './map-watch.js'
import type { Entries, Expectation, Moment, Row, Scene, View } from './row.js'
import { sorted } from './sorted.js'
import type { Stage } from './stage.js'

/** A real Hazelcast keeps times in whole seconds, cut off. */
const CLOCK_GRAIN_MS = 1_000

export class Play {
  readonly #row: Row
  readonly #scene: Scene
  readonly #watch: MapWatch | null

  private constructor(row: Row, scene: Scene, watch: MapWatch | null) {
    this.#row = row
    this.#scene = scene
    this.#watch = watch
  }

  /** Brings the row's map into the state before the call. Whether events are looked at is for the caller to say. */
  static async prepare(row: Row, name: string, stage: Stage, { listen }: { listen: boolean }): Promise<Play> {
    const [map, others] = await Promise.all([stage.client.getMap(name), stage.other.getMap(name)])
    const near = row.of === 'near' ? await stage.cached.getMap(name) : others
    const { client, other } = stage
    const scene = { client, other, name, map, others, near }
    if (typeof row.has === 'function') await row.has(scene)
    else for (const [key, value] of row.has ?? []) await map.set(key, value)
    return new Play(row, scene, listen && row.tells !== 'any' ? await MapWatch.on(map) : null)
  }

  /** Makes the call; throws an AssertionError that shows the whole of it unless all is as expected. */
  async act({ gives, fails, leaves, tells, view }: Expectation): Promise<void> {
    const { map } = this.#scene
    const fromMs = Date.now()
    const result = await this.#call()
    const toMs = Date.now()
    const found: Record<string, unknown> = { ...result }
    const expected: Record<string, unknown> = fails === undefined ? { gives } : { fails }
    if (view !== undefined) {
      found.view = viewFor(view, await map.getEntryView('k'), fromMs, toMs)
      expected.view = view
    }
    const left = sorted(await map.entrySet())
    if (leaves !== 'any') {
      found.leaves = left
      expected.leaves = sorted(leaves ?? this.#before)
    }
    if (this.#watch !== null && tells !== 'any') {
      found.tells = await this.#watch.told(
        tells ?? [],
        [...this.#before, ...left, ['k', '']].map(([key]) => key),
      )
      expected.tells = grouped(tells ?? [])
    }
    assert.deepEqual(found, expected)
  }

  get #before(): Entries {
    return typeof this.#row.has === 'function' ? [] : (this.#row.has ?? [])
  }

  async #call(): Promise<Expectation> {
    try {
      return { gives: await this.#row.call(this.#scene) }
    } catch (error) {
      if (error instanceof assert.AssertionError && error.generatedMessage === true) throw error
      return { fails: (error as Error).constructor.name }
    }
  }
}

type EntryView = Awaited<ReturnType<Scene['map']['getEntryView']>>

/** The fields that are asked for; a time is given as it was asked for when it fits, else as it is. */
function viewFor(asked: View | null, found: EntryView | null, fromMs: number, toMs: number): View | null {
  if (found === null) return null
  const view: Record<string, unknown> = {}
  for (const [field, wanted] of Object.entries(asked ?? {})) {
    const long = found[field as keyof View]
    const value = long.toString() === '9223372036854775807' ? Number.POSITIVE_INFINITY : long.toNumber()
    view[field] = fits(wanted as Moment, value, fromMs, toMs) ? wanted : value
  }
  return view
}

function fits(wanted: Moment, value: number, fromMs: number, toMs: number): boolean {
  if (typeof wanted === 'number') return value === wanted
  const after = wanted === 'now' ? 0 : wanted[0]
  return value >= fromMs + after - CLOCK_GRAIN_MS && value <= toMs + after
}
