/** Clients that keep what they have read, by what they see: their own writes at once, those of others soon. */

import { until } from '../../integration/test-cluster.js'
import type { Row, Scene } from '../row.js'

/** An invalidation may wait for others of its kind: 10 s in a real Hazelcast. */
const SOON_MS = 25_000

const soon = (what: string, condition: () => Promise<boolean>): Promise<void> => until(what, condition, SOON_MS)

/** Reads the value until it lies in the cache, and then what another client has made of it. */
const invalidated = (name: string, change: (scene: Scene) => Promise<unknown>, value: unknown): Row => ({
  name: `${name} by another client is seen soon`,
  of: 'near',
  has: [['k', 'v']],
  call: async scene => {
    const { near } = scene
    const before = [await near.get('k'), await near.get('k')]
    await change(scene)
    await soon('the new value', async () => (await near.get('k')) === value)
    return before
  },
  gives: ['v', 'v'],
  leaves: value === null ? [] : [['k', value]],
  tells: 'any',
  calm: true,
})

const own = (name: string, change: (near: Scene['near']) => Promise<unknown>, value: unknown): Row => ({
  name: `${name} by the client itself is seen at once`,
  of: 'near',
  has: [['k', 'v']],
  call: async ({ near }) => {
    await near.get('k')
    await change(near)
    return near.get('k')
  },
  gives: value,
  leaves: value === null ? [] : [['k', value]],
  tells: 'any',
})

export const nearCaches: readonly Row[] = [
  invalidated('put', ({ others }) => others.put('k', 'w'), 'w'),
  invalidated('set', ({ others }) => others.set('k', 'w'), 'w'),
  invalidated('putAll', ({ others }) => others.putAll([['k', 'w']]), 'w'),
  invalidated('replace', ({ others }) => others.replace('k', 'w'), 'w'),
  invalidated('remove', ({ others }) => others.remove('k'), null),
  invalidated('delete', ({ others }) => others.delete('k'), null),
  invalidated('evict', ({ others }) => others.evict('k'), null),
  invalidated('clear', ({ others }) => others.clear(), null),
  invalidated('evictAll', ({ others }) => others.evictAll(), null),
  invalidated('an expiry', ({ others }) => others.setTtl('k', 1_000), null),
  own('put', near => near.put('k', 'w'), 'w'),
  own('set', near => near.set('k', 'w'), 'w'),
  own('putAll', near => near.putAll([['k', 'w']]), 'w'),
  own('replaceIfSame', near => near.replaceIfSame('k', 'v', 'w'), 'w'),
  own('remove', near => near.remove('k'), null),
  own('clear', near => near.clear(), null),
  {
    name: 'what is cached is not asked for again',
    of: 'near',
    has: async ({ map }) => {
      await map.set('k', 'v')
    },
    call: async ({ near }) => {
      for (let i = 0; i < 5; i++) await near.get('k')
      return (await near.getAll(['k', 'x'])).length
    },
    gives: 1,
    leaves: [['k', 'v']],
    tells: [],
  },
  {
    name: 'an absent key that is written is seen soon',
    of: 'near',
    call: async ({ near, others }) => {
      const before = await near.get('k')
      await others.set('k', 'w')
      await soon('the value', async () => (await near.get('k')) === 'w')
      return before
    },
    gives: null,
    leaves: [['k', 'w']],
    tells: ['added k: null -> w'],
    calm: true,
  },
]
