/**
 * Locks of keys, from two clients. A client that repeats a call on a new connection locks twice: these rows are played while
 * nobody comes or goes.
 */

import { until } from '../../integration/test-cluster.js'
import type { Entries, Row, Scene } from '../row.js'

const there: Entries = [['k', 'old']]
const now: Entries = [['k', 'new']]
const none: Entries = []
const updated = ['updated k: old -> new']
const removed = ['removed k: old -> null']
const notHolder = 'IllegalMonitorStateError'

/** What the other client calls while the key is locked: it waits, and is done when the lock is gone. */
const waiting: Record<string, Omit<Row, 'name' | 'call'> & { readonly call: (map: Scene['map']) => Promise<unknown> }> = {
  put: { call: map => map.put('k', 'new'), gives: 'old', leaves: now, tells: updated },
  set: { call: map => map.set('k', 'new'), leaves: now, tells: updated },
  putIfAbsent: { call: map => map.putIfAbsent('k', 'new'), gives: 'old' },
  replace: { call: map => map.replace('k', 'new'), gives: 'old', leaves: now, tells: updated },
  replaceIfSame: { call: map => map.replaceIfSame('k', 'old', 'new'), gives: true, leaves: now, tells: updated },
  remove: { call: map => map.remove('k'), gives: 'old', leaves: none, tells: removed },
  'remove of a pair': { call: map => map.remove('k', 'old'), gives: true, leaves: none, tells: removed },
  delete: { call: map => map.delete('k'), leaves: none, tells: 'any' },
  evict: { call: map => map.evict('k'), gives: true, leaves: none, tells: ['evicted k: old -> null'] },
  setTtl: { call: map => map.setTtl('k', 60_000), gives: true, tells: 'any' },
  tryPut: { call: map => map.tryPut('k', 'new', 30_000), gives: true, leaves: now, tells: 'any' },
  tryRemove: { call: map => map.tryRemove('k', 30_000), gives: true, leaves: none, tells: 'any' },
  lock: { call: async map => [await map.lock('k'), await map.isLocked('k')], gives: [undefined, true] },
  tryLock: { call: map => map.tryLock('k', 30_000), gives: true },
}

/** What the other client calls while the key is locked, and is answered at once. */
const passing: Record<string, Omit<Row, 'name' | 'call'> & { readonly call: (map: Scene['map']) => Promise<unknown> }> = {
  get: { call: map => map.get('k'), gives: 'old' },
  containsKey: { call: map => map.containsKey('k'), gives: true },
  getAll: { call: map => map.getAll(['k']), gives: [['k', 'old']] },
  size: { call: map => map.size(), gives: 1 },
  isLocked: { call: map => map.isLocked('k'), gives: true },
  tryLock: { call: map => map.tryLock('k'), gives: false },
  'tryLock for a moment': { call: map => map.tryLock('k', 20), gives: false },
  tryPut: { call: map => map.tryPut('k', 'new', 0), gives: false },
  'tryPut for a moment': { call: map => map.tryPut('k', 'new', 20), gives: false },
  tryRemove: { call: map => map.tryRemove('k', 0), gives: false },
  unlock: { call: map => map.unlock('k'), fails: notHolder },
  clear: { call: map => map.clear() },
  evictAll: { call: map => map.evictAll() },
  putAll: { call: map => map.putAll([['k', 'new']]), leaves: now, tells: updated },
  'put of another key': { call: map => map.put('l', 'too'), gives: null, leaves: [...there, ['l', 'too']], tells: 'any' },
}

/** Afterwards nothing is locked: what listeners were told is looked at by writing. */
const unlocked = (row: Row): Row => ({
  ...row,
  calm: true,
  call: async scene => {
    try {
      return await row.call(scene)
    } finally {
      await scene.map.forceUnlock('k')
    }
  },
})

const rows: readonly Row[] = [
  { name: 'lock of nothing makes no entry', call: ({ map }) => map.lock('k') },
  {
    name: 'isLocked before, under and after a lock',
    call: async ({ map, others }) => {
      const seen = [await others.isLocked('k')]
      await map.lock('k')
      seen.push(await map.isLocked('k'), await others.isLocked('k'))
      await map.unlock('k')
      return [...seen, await others.isLocked('k')]
    },
    gives: [false, true, true, false],
  },
  {
    name: 'a lock taken twice is given back twice',
    call: async ({ map, others }) => {
      await map.lock('k')
      const again = await map.tryLock('k')
      await map.unlock('k')
      const between = await others.tryLock('k')
      await map.unlock('k')
      return [again, between, await others.tryLock('k')]
    },
    gives: [true, false, true],
  },
  { name: 'unlock of what is not locked', call: ({ map }) => map.unlock('k'), fails: notHolder },
  {
    name: 'unlock once too often',
    call: async ({ map }) => {
      await map.lock('k')
      await map.unlock('k')
      await map.unlock('k')
    },
    fails: notHolder,
  },
  { name: 'forceUnlock of what is not locked', call: ({ map }) => map.forceUnlock('k') },
  {
    name: 'forceUnlock of another’s lock, taken twice',
    call: async ({ map, others }) => {
      await map.lock('k')
      await map.lock('k')
      await others.forceUnlock('k')
      return [await others.tryLock('k'), await map.tryLock('k')]
    },
    gives: [true, false],
  },
  {
    name: 'the holder writes, and locks what it removed',
    has: there,
    call: async ({ map, others }) => {
      await map.lock('k')
      const before = [await map.put('k', 'new'), await map.remove('k')]
      return [...before, await others.tryPut('k', 'theirs', 0)]
    },
    gives: ['old', 'new', false],
    leaves: none,
    tells: 'any',
  },
  {
    name: 'a lease ends by itself',
    call: async ({ map, others }) => {
      await map.lock('k', 200)
      return others.tryLock('k', 30_000)
    },
    gives: true,
  },
  {
    name: 'unlock after the lease',
    call: async ({ map, others }) => {
      await map.lock('k', 50)
      await others.tryLock('k', 30_000)
      await map.unlock('k')
    },
    fails: notHolder,
  },
  {
    name: 'tryLock with a lease',
    call: async ({ map, others }) => [await map.tryLock('k', 0, 50), await others.tryLock('k', 30_000)],
    gives: [true, true],
  },
  {
    name: 'clear takes only what is not locked',
    has: [...there, ['l', 'too']],
    call: async ({ map }) => {
      await map.lock('k')
      await map.clear()
    },
    leaves: there,
    tells: ['mapCleared 1'],
  },
  {
    name: 'evictAll takes only what is not locked',
    has: [...there, ['l', 'too']],
    call: async ({ map }) => {
      await map.lock('k')
      await map.evictAll()
    },
    leaves: there,
    tells: ['mapEvicted 1'],
  },
  {
    name: 'unlock after a forceUnlock by another',
    call: async ({ map, others }) => {
      await map.lock('k')
      await others.forceUnlock('k')
      await map.unlock('k')
    },
    fails: notHolder,
  },
  {
    name: 'what is locked does not expire, and does afterwards',
    call: async ({ map }) => {
      await map.set('l', 'too', 1_000)
      await map.set('k', 'old', 1_000)
      await map.lock('k')
      await until('the other entry to expire', async () => (await map.get('l')) === null)
      const during = await map.get('k')
      await map.unlock('k')
      await until('the entry to expire', async () => (await map.get('k')) === null)
      return during
    },
    gives: 'old',
    leaves: none,
    tells: 'any',
  },
  {
    name: 'one of two has the lock, a hundred times',
    call: async ({ map, others }) => {
      let [inside, wrong] = [0, 0]
      const turns = async (mine: Scene['map']): Promise<void> => {
        for (let i = 0; i < 50; i++) {
          await mine.lock('k')
          wrong += inside++ > 0 ? 1 : 0
          await mine.get('k')
          inside--
          await mine.unlock('k')
        }
      }
      await Promise.all([turns(map), turns(others)])
      return wrong
    },
    gives: 0,
  },
]

const all: readonly Row[] = [
  ...rows,
  ...Object.entries(waiting).map(([name, { call, ...rest }]) => ({
    name: `${name} waits for another’s lock`,
    has: there,
    ...rest,
    call: async ({ map, others }: Scene) => {
      await map.lock('k')
      let isDone = false
      const done = call(others).finally(() => {
        isDone = true
      })
      // an answer to a later call of the same client: the first was there by then
      await others.get('k')
      const early = isDone
      await map.unlock('k')
      return early ? 'it did not wait' : done
    },
  })),
  ...Object.entries(passing).map(([name, { call, ...rest }]) => ({
    name: `${name} does not wait for another’s lock`,
    has: there,
    ...rest,
    call: async ({ map, others }: Scene) => {
      await map.lock('k')
      return call(others)
    },
  })),
]

export const locks: readonly Row[] = all.map(unlocked)
