import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MapInterceptor } from '../../../src/api/interceptors.js'
import type { ProcessedEntry } from '../../../src/api/processors.js'
import { CobnutError } from '../../../src/base/errors.js'
import { InterceptorChain } from '../../../src/map/interceptors.js'
import { writeCall } from '../../../src/serialization/function-call.js'
import { Typed } from '../../../src/serialization/values.js'
import { Processing, serialization, toData, toObject } from './map-fixture.js'

const isCode = (code: string) => (error: unknown) => error instanceof CobnutError && error.code === code

/** A map with these interceptors, in order. */
class Intercepted extends Processing {
  readonly errors: string[] = []

  constructor(interceptors: Readonly<Record<string, MapInterceptor<string>>>, attached = Object.keys(interceptors)) {
    super()
    for (const [name, interceptor] of Object.entries(interceptors)) {
      this.code.interceptors.register(name, interceptor as MapInterceptor)
    }
    this.chain = new InterceptorChain(attached, this.code.interceptors, serialization, (name, error) => {
      this.errors.push(`${name}: ${error}`)
    })
  }

  remove(key: string): unknown {
    return toObject(this.request('remove', { key }) as Uint8Array | null)
  }

  getAll(keys: readonly string[]): unknown[] {
    return (this.request('getAll', { items: keys }) as Uint8Array[]).map(item => toObject(item))
  }
}

test('what is stored and what is read, each interceptor after the other', () => {
  const f = new Intercepted({
    trim: { interceptPut: (_, value) => value.trim() },
    upper: { interceptPut: (old, value) => `${old ?? ''}${value.toUpperCase()}`, interceptGet: value => `<${value}>` },
    quiet: { interceptPut: () => undefined, interceptGet: () => undefined, interceptRemove: value => `gone ${value}` },
  })
  f.set('k', ' a ')
  assert.equal(f.get('k'), '<A>')
  f.set('k', 'b')
  f.commit()
  assert.equal(f.get('k'), '<AB>')
  assert.deepEqual(f.getAll(['k', 'absent']), ['k', '<AB>', 'absent', '<null>'])
  assert.equal(f.remove('k'), 'gone AB')
  assert.equal(f.remove('k'), null)
})

test('one that is asynchronous makes the call fail, and nothing is stored', () => {
  const late = async (): Promise<string> => Promise.reject(new Error('later'))
  const f = new Intercepted({ put: { interceptPut: late } as unknown as MapInterceptor<string> })
  assert.throws(() => f.set('k', 'a'), isCode('USER_CODE'))
  const g = new Intercepted({
    get: { interceptGet: late } as unknown as MapInterceptor<string>,
    remove: { interceptRemove: late } as unknown as MapInterceptor<string>,
    after: { afterPut: late as () => unknown as () => void },
  })
  g.set('k', 'a')
  g.commit()
  assert.throws(() => g.get('k'), isCode('USER_CODE'))
  assert.throws(() => g.remove('k'), isCode('USER_CODE'))
})

test('a value that is passed on stays what it is, to the byte', () => {
  const f = new Intercepted({ same: { interceptPut: (_, value) => value, interceptGet: value => value ?? undefined } })
  for (const number of [new Typed('int', 5), new Typed('long', 5n), new Typed('float', 1.5), 5]) {
    f.set('k', number)
    assert.deepEqual(f.request('get', { key: 'k' }), new Uint8Array(toData(number)))
  }
})

test('every kind of write passes: bulk calls, conditions and entry processors', () => {
  const seen: string[] = []
  const f = new Intercepted({
    note: {
      interceptPut: (_, value) => {
        seen.push(value)
        return `${value}!`
      },
      interceptRemove: value => void seen.push(`-${value}`),
    },
  })
  f.code.processors.register('set', (entry: ProcessedEntry, value) => entry.setValue(value))
  f.request('putIfAbsent', { key: 'a', value: toData('1') })
  f.request('replace', { key: 'a', value: toData('2') })
  f.request('putAll', { items: ['b', '3'] })
  f.on('c', 'set', '4')
  f.on('c', 'set', null)
  f.request('delete', { key: 'a' })
  f.request('evict', { key: 'b' })
  f.set('d', '5')
  f.request('removeMatching', {})
  assert.deepEqual(seen, ['1', '2', '3', '4', '-4!', '-2!', '5', '-5!'])
})

test('one that throws refuses the call, and nothing is changed', () => {
  const f = new Intercepted({
    strict: {
      interceptPut: (_, value) => {
        if (value === 'bad') throw new RangeError('not this one')
        return undefined
      },
      interceptRemove: () => {
        throw new RangeError('not at all')
      },
    },
  })
  f.set('k', 'good')
  f.commit()
  for (const call of [
    () => f.set('k', 'bad'),
    () => f.remove('k'),
    () => f.on('k', 'cobnut.compareAndSet', { expected: 'good' }),
  ]) {
    assert.throws(call, (error: unknown) => {
      assert.ok(isCode('USER_CODE')(error))
      assert.equal((error as CobnutError).outcome, 'not-applied')
      return (error as CobnutError).cause instanceof RangeError
    })
  }
  assert.equal(f.log.length, 1)
  assert.equal(f.get('k'), 'good')
})

test('the after functions are told when it has happened; what they throw is logged and changes nothing', () => {
  const told: unknown[] = []
  const f = new Intercepted({
    after: {
      afterPut: value => void told.push(['put', value]),
      afterRemove: value => void told.push(['remove', value]),
      afterGet: value => void told.push(['get', value]),
    },
    broken: {
      afterPut: () => {
        throw new Error('oh')
      },
    },
  })
  f.set('k', 'v')
  assert.deepEqual(told, [])
  f.commit()
  f.get('k')
  f.remove('k')
  f.commit()
  assert.deepEqual(told, [
    ['put', 'v'],
    ['get', 'v'],
    ['remove', 'v'],
  ])
  assert.deepEqual(f.errors, ['broken: Error: oh'])
})

test('nothing goes past an interceptor that a member does not know', () => {
  const f = new Intercepted({ known: { interceptGet: () => undefined } }, ['known', 'unknown'])
  assert.throws(() => f.set('k', 'v'), isCode('NOT_REGISTERED'))
  assert.throws(() => f.get('k'), isCode('NOT_REGISTERED'))
  assert.equal(f.log.length, 0)
})

test('an interceptor has a function and a name of its own, and is meant by name or ids', () => {
  const { interceptors } = new Processing().code
  interceptors.register('a', { afterGet: () => {}, factoryId: 5, classId: 6 })
  assert.throws(() => interceptors.register('a', { afterGet: () => {} }), isCode('ARGUMENT'))
  assert.throws(() => interceptors.register('b', {}), isCode('ARGUMENT'))
  assert.equal(interceptors.nameIn(writeCall('a', null)), 'a')
  const ids = (classId: number): Uint8Array =>
    Uint8Array.from([0, 0, 0, 0, 255, 255, 255, 254, 1, 0, 0, 0, 5, 0, 0, 0, classId, 1, 2, 3])
  assert.equal(interceptors.nameIn(ids(6)), 'a')
  assert.throws(() => interceptors.nameIn(ids(7)), isCode('NOT_REGISTERED'))
})
