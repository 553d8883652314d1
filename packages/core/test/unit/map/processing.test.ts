import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EntryExpiry, ProcessedEntry } from '../../../src/api/processors.js'
import { CobnutError } from '../../../src/base/errors.js'
import { eventType } from '../../../src/map/data-map.js'
import type { InterceptorChain } from '../../../src/map/interceptors.js'
import { opCode } from '../../../src/operation/request.js'
import { writeCall } from '../../../src/serialization/function-call.js'
import { JsonValue, Typed } from '../../../src/serialization/values.js'
import { Fixture, Processing, toData, toObject } from './map-fixture.js'

const isCode = (code: string) => (error: unknown) => error instanceof CobnutError && error.code === code

test('a processor works on the latest state, and its change is an effect like any other', () => {
  const f = new Processing()
  f.code.processors.register('push', (entry: ProcessedEntry<string, string>, item: string) => {
    entry.setValue(`${entry.value ?? ''}${item}`)
    return entry.value
  })
  f.set('a', 'x')
  assert.equal(f.on('a', 'push', 'y'), 'xy')
  assert.equal(f.on('a', 'push', 'z'), 'xyz')
  assert.equal(f.on('new', 'push', 'z'), 'z')
  assert.deepEqual(f.told, [])
  f.commit()
  assert.equal(f.get('a'), 'xyz')
  assert.deepEqual(
    f.told.map(({ type }) => type),
    [eventType.added, eventType.updated, eventType.updated, eventType.added],
  )
})

test('an entry shows what the processor has made of it so far', () => {
  const f = new Processing()
  const seen: unknown[] = []
  f.code.processors.register('look', (entry: ProcessedEntry) => {
    const look = (): void => void seen.push([entry.isPresent, entry.value, entry.numberType])
    look()
    entry.setValue(new Typed('int', 7))
    look()
    entry.remove()
    look()
    entry.setValue('text')
    entry.setValue(null)
    look()
    return entry.key
  })
  assert.equal(f.on('k', 'look'), 'k')
  assert.deepEqual(seen, [
    [false, null, null],
    [true, 7, 'int'],
    [false, null, null],
    [false, null, null],
  ])
  assert.equal(f.log.length, 0)
})

test('a processor that throws, or answers what has no bytes, changes nothing and is the cause', () => {
  const f = new Processing()
  f.set('a', 1)
  f.commit()
  const failure = new RangeError('too much')
  f.code.processors.register('throws', entry => {
    entry.setValue(2)
    throw failure
  })
  f.code.processors.register('function', entry => {
    entry.setValue(2)
    return () => 1
  })
  f.code.processors.register('promise', async entry => entry.setValue(2))
  f.code.processors.register('unkept', entry => entry.setValue(Symbol('s')))
  for (const name of ['throws', 'function', 'promise', 'unkept']) {
    assert.throws(
      () => f.on('a', name),
      (error: unknown) => {
        assert.ok(error instanceof CobnutError)
        assert.deepEqual([error.code, error.outcome], ['USER_CODE', 'not-applied'])
        assert.match(error.message, new RegExp(`"${name}" threw`))
        if (name === 'throws') assert.equal(error.cause, failure)
        return true
      },
    )
    assert.throws(() => f.all(name), isCode('USER_CODE'))
  }
  f.commit()
  assert.equal(f.get('a'), 1)
  assert.equal(f.log.length, 1)
})

test('an entry is of no use when its processor has returned', () => {
  const f = new Processing()
  let kept: ProcessedEntry | null = null
  f.code.processors.register('keep', entry => {
    kept = entry
  })
  f.on('a', 'keep')
  assert.throws(() => (kept as ProcessedEntry | null)?.setValue(1), isCode('ARGUMENT'))
  assert.throws(() => (kept as ProcessedEntry | null)?.value, isCode('ARGUMENT'))
})

test('an expired entry is absent to a processor', () => {
  const f = new Processing()
  f.set('a', 1, 100)
  f.commit()
  f.wallMs += 100
  f.code.processors.register('isPresent', entry => entry.isPresent)
  assert.equal(f.on('a', 'isPresent'), false)
  assert.deepEqual(f.all('isPresent'), [])
  f.commit()
  assert.equal(f.told.at(-1)?.type, eventType.expired)
})

test('lifetimes: as in put, or what is left of the one before', () => {
  const f = new Processing()
  f.code.processors.register('set', (entry: ProcessedEntry, expiry: EntryExpiry) => entry.setValue('x', expiry))
  const livesUntil = (ms: number): void => {
    f.commit()
    f.wallMs += ms - 1
    assert.equal(f.get('a'), 'x')
    f.wallMs += 1
    assert.equal(f.get('a'), null)
    f.commit()
  }
  f.on('a', 'set', { ttlMs: 100 })
  livesUntil(100)
  f.on('a', 'set', { ttlMs: 100 })
  f.wallMs += 60
  f.on('a', 'set', { ttlMs: 500, keep: true })
  livesUntil(40)
  f.on('a', 'set', { ttlMs: 500, keep: true })
  livesUntil(500)
})

test('many keys: each once, answers of those that have one, absent ones too', () => {
  const f = new Processing()
  f.set('a', 1)
  f.set('b', 2)
  f.code.processors.register('double', (entry: ProcessedEntry<string, number>) => {
    if (entry.value === null) return null
    entry.setValue(entry.value * 2)
    return entry.value
  })
  assert.deepEqual(f.many('double', null, ['a', 'a', 'c', 'b', 'a']), ['a', 2, 'b', 4])
  f.commit()
  assert.deepEqual([f.get('a'), f.get('b'), f.get('c')], [2, 4, null])
})

test('all entries: committed or not, and none that is removed', () => {
  const f = new Processing()
  for (const key of ['a', 'b', 'c']) f.set(key, 1)
  f.commit()
  f.request('remove', { key: 'b' })
  f.set('d', 1)
  f.set('a', 5)
  const answers = f.all('cobnut.increment', 1)
  assert.deepEqual(new Map(pairs(answers)), new Map(Object.entries({ a: 6, c: 2, d: 2 })))
  f.request('clear', {})
  f.set('e', 1)
  assert.deepEqual(f.all('cobnut.increment', 1), ['e', 2])
})

const pairs = (items: readonly unknown[]): [unknown, unknown][] =>
  items.flatMap((item, i) => (i % 2 === 0 ? [[item, items[i + 1]] as [unknown, unknown]] : []))

test('all entries that meet a condition, as they are before the processor comes', () => {
  const f = new Processing()
  for (const [key, age] of Object.entries({ ann: 30, bob: 17, cleo: 18 })) f.set(key, { age })
  f.commit()
  f.set('bob', { age: 40 })
  f.request('remove', { key: 'cleo' })
  f.code.processors.register('older', (entry: ProcessedEntry<string, { age: number }>, by: number) => {
    const age = (entry.value?.age ?? 0) + by
    entry.setValue({ age })
    return age
  })
  const where = { is: 'greater', attribute: 'age', value: 29 } as const
  assert.deepEqual(new Map(pairs(f.all('older', -20, where))), new Map(Object.entries({ ann: 10, bob: 20 })))
  assert.deepEqual(f.all('older', 1, where), [])
  assert.deepEqual(new Map(pairs(f.all('older', 1, { is: 'sql', text: 'age = 20' }))), new Map([['bob', 21]]))
})

test('an answer about entries of the tail waits for the tail', () => {
  const f = new Processing()
  f.code.processors.register('nothing', () => null)
  f.set('a', 1)
  f.set('b', 1)
  const { dependsOn } = f.data.execute(
    {
      op: opCode.executeOnEntries,
      mapId: 3,
      key: null,
      value: null,
      expected: writeCall('nothing', null),
      ttlMs: -1,
      maxIdleMs: -1,
      items: [],
    },
    f.wallMs,
  )
  assert.equal(dependsOn, 2)
})

test('who is called: by name, by JSON, by ids; and what is not known', () => {
  const f = new Processing()
  f.code.processors.register('echo', { process: (_, argument) => argument })
  f.code.processors.register('mine', {
    factoryId: 9,
    classId: 4,
    readArgument: input => [input.int32(), input.string(), input.object()],
    process: (_, argument) => argument,
  })
  const call = (value: Uint8Array): unknown => toObject(f.request('executeOnKey', { key: 'k', value }) as Uint8Array | null)
  assert.deepEqual(call(writeCall('echo', { deep: [true, 'x'] })), { deep: [true, 'x'] })
  assert.equal(call(writeCall('echo', 12345678901234567890n)), 12345678901234567890n)
  assert.equal(call(toData(new JsonValue('{"name":"echo","argument":7}'))), 7)
  const bytes = (...parts: number[]): Uint8Array => Uint8Array.from([0, 0, 0, 0, 255, 255, 255, 254, ...parts])
  const ids = (factory: number, type: number): number[] => [1, 0, 0, 0, factory, 0, 0, 0, type]
  assert.deepEqual(call(bytes(...ids(9, 4), 0, 0, 0, 42, 0, 0, 0, 1, 65, 255, 255, 255, 252, 1)), [42, 'A', true])
  const refused: [string, Uint8Array][] = [
    ['NOT_REGISTERED', writeCall('nobody', null)],
    ['NOT_REGISTERED', bytes(...ids(9, 5))],
    ['SERIALIZATION', bytes(...ids(9, 4), 0, 0)],
    ['SERIALIZATION', bytes(0)],
    ['SERIALIZATION', toData('echo')],
    ['SERIALIZATION', toData(new JsonValue('{"argument":7}'))],
    ['SERIALIZATION', toData(new JsonValue('null'))],
  ]
  for (const [code, data] of refused) assert.throws(() => call(data), isCode(code))
})

test('whatever bytes name a processor, the answer is a value or an error of ours', () => {
  const f = new Processing()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(-2, -130, -11), (payload, type) => {
      const value = Uint8Array.from([0, 0, 0, 0, 255, 255, 255, type & 255, ...payload])
      try {
        f.request('executeOnKey', { key: 'k', value })
      } catch (error) {
        assert.ok(error instanceof CobnutError, String(error))
      }
    }),
  )
})

test('names and ids are given once', () => {
  const { processors } = new Fixture().code
  const process = (): null => null
  processors.register('a', { process, factoryId: 1, classId: 1 })
  assert.throws(() => processors.register('a', process), isCode('ARGUMENT'))
  assert.throws(() => processors.register('cobnut.append', process), isCode('ARGUMENT'))
  assert.throws(() => processors.register('b', { process, factoryId: 1, classId: 1 }), isCode('ARGUMENT'))
  assert.throws(() => processors.register('b', { process, factoryId: 1 }), isCode('ARGUMENT'))
  assert.throws(() => processors.register('b', { process, factoryId: -32, classId: 1 }), isCode('ARGUMENT'))
  assert.throws(() => processors.register('', process), isCode('ARGUMENT'))
  processors.register('b', process)
})

test('cobnut.increment counts in the width that is stored, and a window of time ends when it should', () => {
  const f = new Processing()
  assert.equal(f.on('n', 'cobnut.increment'), 1)
  assert.equal(f.on('n', 'cobnut.increment', 5), 6)
  assert.equal(f.on('n', 'cobnut.increment', { by: -2.5 }), 3.5)
  f.set('int', new Typed('int', 2 ** 31 - 2))
  assert.equal(f.on('int', 'cobnut.increment'), 2 ** 31 - 1)
  assert.throws(() => f.on('int', 'cobnut.increment'), isCode('USER_CODE'))
  assert.equal(f.on('long', 'cobnut.increment', { by: 3, type: 'long' }), 3n)
  assert.equal(f.on('long', 'cobnut.increment', 2), 5n)
  assert.throws(() => f.on('long', 'cobnut.increment', 0.5), isCode('USER_CODE'))
  assert.equal(f.on('big', 'cobnut.increment', 10n ** 20n), 10n ** 20n)
  f.set('text', 'x')
  assert.throws(() => f.on('text', 'cobnut.increment'), isCode('USER_CODE'))
  assert.throws(() => f.on('n', 'cobnut.increment', { by: 'x' }), isCode('USER_CODE'))
  for (const life of [{ ttlMs: '60000' }, { maxIdleMs: '60000' }]) {
    assert.throws(() => f.on('n', 'cobnut.increment', life), isCode('USER_CODE'))
    assert.throws(() => f.on('n', 'cobnut.compareAndSet', { expected: 3.5, value: 4, ...life }), isCode('USER_CODE'))
  }
  assert.equal(f.get('n'), 3.5, 'nothing was changed')

  const hit = (): unknown => f.on('hits', 'cobnut.increment', { ttlMs: 1_000 })
  assert.deepEqual([hit(), hit()], [1, 2])
  f.wallMs += 999
  assert.equal(hit(), 3)
  f.wallMs += 1
  assert.equal(hit(), 1)
  const renewed = (): unknown => f.on('renewed', 'cobnut.increment', { ttlMs: 1_000, renew: true })
  renewed()
  f.wallMs += 999
  renewed()
  f.wallMs += 999
  assert.equal(renewed(), 3)
})

test('cobnut.compareAndSet sets, removes and adds where the entry is as expected', () => {
  const f = new Processing()
  const cas = (expected: unknown, value: unknown): unknown => f.on('k', 'cobnut.compareAndSet', { expected, value })
  assert.equal(cas({ a: 1 }, 'x'), false)
  assert.equal(cas(null, { a: 1 }), true)
  assert.equal(cas({ a: 2 }, 'x'), false)
  assert.equal(cas({ a: 1 }, 5), true)
  assert.equal(cas(5, null), true)
  assert.equal(f.get('k'), null)
  f.set('k', new Typed('long', 7))
  assert.equal(cas(7, 8), true)
})

test('cobnut.append makes texts and lists longer', () => {
  const f = new Processing()
  const append = (key: string, item: unknown): unknown => f.on(key, 'cobnut.append', item)
  assert.deepEqual([append('t', 'ab'), append('t', 'c')], [2, 3])
  assert.equal(f.get('t'), 'abc')
  assert.deepEqual([append('l', { a: 1 }), append('l', 'two')], [1, 2])
  assert.deepEqual(f.get('l'), [{ a: 1 }, 'two'])
  f.set('n', 5)
  assert.throws(() => append('n', 'x'), isCode('USER_CODE'))
})

/** An object of a client: factory 7, class 1, and no more. */
const theirObject = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 254, 1, 0, 0, 0, 7, 0, 0, 0, 1)

test("an argument that the application cannot read is its mistake, and one that ends too early the client's", () => {
  const f = new Processing()
  const registration = { factoryId: 7, classId: 1, process: () => null }
  f.code.processors.register('parses', { ...registration, readArgument: () => JSON.parse('{x}') })
  f.code.processors.register('reads', { ...registration, classId: 2, readArgument: input => input.int32() })
  const call = (value: Uint8Array): unknown => f.request('executeOnKey', { key: 'a', value })
  assert.throws(() => call(theirObject), isCode('USER_CODE'))
  assert.throws(() => call(theirObject.with(16, 2)), isCode('SERIALIZATION'))
})

test('a mistake of the member in evaluating a call is told to the caller, and ends nobody', () => {
  const f = new Processing()
  f.set('a', 1)
  f.commit()
  const broken = { put: () => new Uint8Array(-1) }
  f.chain = broken as unknown as InterceptorChain
  assert.throws(
    () => f.set('a', 2),
    (error: unknown) => isCode('INTERNAL')(error) && (error as CobnutError).outcome === 'not-applied',
  )
  f.chain = null
  assert.equal(f.get('a'), 1)
})
