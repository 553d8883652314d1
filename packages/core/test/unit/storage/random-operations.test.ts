import { test } from 'node:test'
import fc from 'fast-check'
import { murmur3 } from '../../../src/base/murmur3.js'
import { Prng } from '../../../src/base/prng.js'
import type { SlabOptions } from '../../../src/storage/record-store.js'
import { bytesOf, plainMeta, randomMeta, StoreModel } from './store-model.js'

/** A stretch of random operations of one kind: how many, over how many keys, how long the values, how often which. */
interface Phase {
  readonly operations: number
  readonly keys: number
  readonly valueMax: number
  /** In 100 operations; the rest are puts. */
  readonly removes: number
  readonly metas: number
}

const grow: Phase = { operations: 60_000, keys: 20_000, valueMax: 100, removes: 10, metas: 5 }
const churn: Phase = { operations: 60_000, keys: 20_000, valueMax: 200, removes: 30, metas: 20 }
const overwrite: Phase = { operations: 60_000, keys: 3000, valueMax: 400, removes: 2, metas: 2 }
const large: Phase = { operations: 3000, keys: 300, valueMax: 20_000, removes: 20, metas: 5 }
const shrink: Phase = { operations: 60_000, keys: 20_000, valueMax: 50, removes: 90, metas: 3 }

function run(model: StoreModel, random: Prng, phase: Phase): void {
  const noise = new Uint8Array(phase.valueMax).map(() => random.below(256))
  for (let i = 0; i < phase.operations; i++) {
    const key = bytesOf(`key-${random.below(phase.keys)}`)
    const dice = random.below(100)
    if (dice < phase.removes) model.remove(key)
    else if (dice < phase.removes + phase.metas) {
      if (random.chance(1, 2)) model.setMeta(key, randomMeta(random))
      else model.touch(key, 1.7e12 + i, random.below(100), random.chance(1, 2) ? Number.POSITIVE_INFINITY : 1.8e12 + i)
    } else model.put(key, noise.slice(0, random.below(phase.valueMax)), random.chance(1, 2) ? plainMeta : randomMeta(random))
    model.checkReserved()
    if (i % 16 === 0) model.checkKey(bytesOf(`key-${random.below(phase.keys)}`))
    if (i % 20_000 === 0) model.checkAll()
  }
  model.checkAll()
}

function play(seed: number, options: SlabOptions, hashOf: (key: Uint8Array) => number, phases: readonly Phase[]): void {
  const model = new StoreModel(options, hashOf)
  const random = new Prng(seed)
  for (const phase of phases) run(model, random, phase)
  model.clear()
  model.checkAll()
  for (const phase of phases.slice(0, 1)) run(model, random, phase)
}

const life = [grow, churn, overwrite, large, shrink, grow, shrink]

// the three together are more than a million operations

test('does what a Map does, in slabs of the usual size', () => {
  play(1, {}, murmur3, [...life, churn])
})

test('the same in slabs of 64 to 1024 bytes', () => {
  const small = (phase: Phase): Phase => ({ ...phase, keys: Math.min(phase.keys, 2000), valueMax: Math.min(phase.valueMax, 50) })
  play(2, { slabBytesMin: 64, slabBytesMax: 1024 }, murmur3, life.map(small))
})

test('the same where every hash is shared by many keys', () => {
  const few = (phase: Phase): Phase => ({ ...phase, keys: Math.min(phase.keys, 4000) })
  play(3, {}, key => (murmur3(key) % 500) | 0, life.map(few))
})

test('fast-check finds no short history in which store and Map differ', () => {
  const key = fc.uint8Array({ maxLength: 1, max: 7 })
  const meta = fc.nat(0xffff).map(seed => randomMeta(new Prng(seed)))
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), key, meta, length: fc.nat(80) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('meta' as const), key, meta }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('touch' as const), key, at: fc.nat(3), hits: fc.nat(3), expiry: fc.nat(2) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  )
  const check = (steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], equalHashes: boolean): void => {
    const model = equalHashes
      ? new StoreModel({ slabBytesMin: 64, slabBytesMax: 512 }, () => 9)
      : new StoreModel({ slabBytesMin: 64 })
    for (const s of steps) {
      if (s.do === 'put') model.put(s.key, new Uint8Array(s.length).fill(s.length), s.meta)
      else if (s.do === 'remove') model.remove(s.key)
      else if (s.do === 'meta') model.setMeta(s.key, s.meta)
      else if (s.do === 'touch') model.touch(s.key, s.at, s.hits, s.expiry === 0 ? Number.POSITIVE_INFINITY : s.expiry)
      else model.clear()
      model.checkAll(1)
    }
  }
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), check), { numRuns: 300 })
})
