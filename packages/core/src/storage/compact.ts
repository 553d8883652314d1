/**
 * Moves live records out of slabs that are mostly garbage, so many units per write, so that no write waits long and a
 * store that is overwritten for ever stays within a fixed factor of what it holds.
 */

import { type Arena, unitOf } from './arena.js'
import type { HashIndex } from './hash-index.js'
import { hashAt, isDeadAt, type Memory, unitsAt } from './record.js'

/** Longest run that is copied word by word; above, a call into the engine costs less. */
const LOOP_WORDS_MAX = 64

/** Walks over so many units of records, or a few more: a record is not cut. */
export function compact(arena: Arena, index: HashIndex, unitsMax: number): void {
  for (let walked = 0; walked < unitsMax; ) {
    const from = arena.nextToEvacuate()
    if (from === 0) return
    const memory = arena.memory(from)
    const at = unitOf(from)
    const units = unitsAt(memory, at)
    arena.walkPast(units)
    walked += units
    if (isDeadAt(memory, at)) continue
    const to = arena.allocate(units)
    copyUnits(memory, at, arena.memory(to), unitOf(to), units)
    index.move(hashAt(memory, at), from, to)
    arena.free(from, units)
  }
}

function copyUnits(from: Memory, fromAt: number, to: Memory, toAt: number, units: number): void {
  const source = fromAt * 2
  const words = units * 2
  if (words > LOOP_WORDS_MAX) to.words.set(from.words.subarray(source, source + words), toAt * 2)
  else for (let i = 0; i < words; i++) to.words[toAt * 2 + i] = from.words[source + i]!
}
