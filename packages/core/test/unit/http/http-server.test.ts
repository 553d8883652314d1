import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { bodyBytesMax } from '../../../src/http/request.js'
import { FakeMember, raw, serving } from './fake-member.js'

interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks for in it, it asserts
  readonly body: any
  readonly headers: Headers
}

async function ask(url: string, method = 'GET', body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return { status: response.status, body: await response.json(), headers: response.headers }
}

describe('health', () => {
  const cases: readonly [what: string, member: FakeMember | null, live: number, ready: number][] = [
    ['still starting', null, 200, 503],
    ['running', new FakeMember(), 200, 200],
    ['running while a copy is missing', Object.assign(new FakeMember(), { safe: false }), 200, 503],
    ['leaving', Object.assign(new FakeMember(), { state: 'leaving' }), 200, 503],
    ['stopped', Object.assign(new FakeMember(), { state: 'stopped' }), 503, 503],
  ]
  for (const [what, member, live, ready] of cases) {
    test(`${what}: ${live === 200 ? 'live' : 'not live'}, ${ready === 200 ? 'ready' : 'not ready'}`, () =>
      serving(member, {}, async ({ base }) => {
        assert.equal((await ask(`${base}/health/live`)).status, live)
        const answer = await ask(`${base}/health/ready`)
        assert.equal(answer.status, ready)
        assert.equal(answer.body.state, member?.state ?? 'starting')
      }))
  }

  test('answers callers of other hosts', () =>
    serving(new FakeMember(), { remote: '10.0.0.9' }, async ({ base }) => {
      assert.equal((await ask(`${base}/health/ready`)).status, 200)
    }))
})

describe('figures', () => {
  test('status, members and maps', () =>
    serving(new FakeMember(), { remote: '10.0.0.9' }, async ({ base }) => {
      const status = await ask(`${base}/cobnut/v1/status`)
      assert.equal(status.body.stateVersion, 17)
      assert.ok(status.body.memory.rssBytes > 0, 'the process is asked for its memory')
      assert.equal((await ask(`${base}/cobnut/v1/members`)).body[0].address.port, 5701)
      assert.deepEqual((await ask(`${base}/cobnut/v1/maps`)).body, [])
      assert.equal((await ask(`${base}/cobnut/v1/checkup`)).body.healthy, true)
      assert.equal((await ask(`${base}/cobnut/v1/groups`)).body[0].epoch, 3)
      assert.equal((await ask(`${base}/cobnut/v1/conflicts`)).status, 403, 'values are for processes of the own host')
    }))

  test('what merging has given up', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      const conflict = { map: 'm', key: 'k', kept: 'existing', existing: 1, incoming: null }
      assert.deepEqual((await ask(`${base}/cobnut/v1/conflicts`)).body, [conflict])
      assert.equal((await ask(`${base}/cobnut/v1/conflicts`, 'DELETE')).status, 405)
    }))

  test('of a member that is in no cluster: an error with a code, not yet and no more', async () => {
    for (const member of [null, Object.assign(new FakeMember(), { state: 'stopped' as const })]) {
      await serving(member, {}, async ({ base }) => {
        const { status, body } = await ask(`${base}/cobnut/v1/status`)
        assert.deepEqual([status, body.code], [503, 'MEMBER_STOPPED'])
      })
    }
  })
})

describe('entries', () => {
  test('are stored, read, counted and removed', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      const url = `${base}/cobnut/v1/maps/cities/entries/Cagliari`
      assert.deepEqual((await ask(url)).body.code, 'NO_ENTRY')
      assert.deepEqual((await ask(url, 'PUT', { population: 149_000 })).body, { stored: true })
      assert.deepEqual((await ask(url)).body, { value: { population: 149_000 } })
      assert.deepEqual((await ask(`${base}/cobnut/v1/maps/cities/size`)).body, { size: 1 })
      assert.deepEqual((await ask(`${base}/cobnut/v1/maps/cities/keys`)).body, { total: 1, keys: ['Cagliari'] })
      assert.deepEqual((await ask(url, 'DELETE')).body, { removed: true })
      assert.deepEqual((await ask(url, 'DELETE')).body, { removed: false })
      assert.equal((await ask(url)).status, 404)
    }))

  test('names of maps and keys may hold any character', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      const odd = 'a/b ?#%\u00e9\u{1f330}'
      await ask(`${base}/cobnut/v1/maps/${encodeURIComponent(odd)}/entries/${encodeURIComponent(odd)}`, 'PUT', 1)
      assert.equal(await member.map(odd).get(odd), 1)
    })
  })

  test('the type of a key: the text 7, the number 7 and the list [7] are three', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      const url = `${base}/cobnut/v1/maps/m/entries`
      await ask(`${url}/7`, 'PUT', 'text')
      await ask(`${url}/7?type=number`, 'PUT', 'number')
      await ask(`${url}/${encodeURIComponent('[7]')}?type=json`, 'PUT', 'list')
      const map = member.map('m')
      assert.deepEqual([await map.get('7'), await map.get(7), await map.get([7])], ['text', 'number', 'list'])
      assert.equal((await ask(`${url}/7?type=json`)).body.value, 'number')
      assert.equal((await ask(`${url}/7?type=string`)).body.value, 'text')
      for (const bad of ['seven?type=number', '%20?type=number', '%7B?type=json', '7?type=int']) {
        const { status, body } = await ask(`${url}/${bad}`)
        assert.deepEqual([status, body.code], [400, 'ARGUMENT'], bad)
      }
    })
  })

  test('keys: a limited number of them', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      for (let i = 0; i < 150; i++) await member.map('m').set(i, i)
      const url = `${base}/cobnut/v1/maps/m/keys`
      assert.equal((await ask(url)).body.keys.length, 100)
      assert.deepEqual((await ask(`${url}?limit=2`)).body, { total: 150, keys: [0, 1] })
      assert.deepEqual((await ask(`${url}?limit=0`)).body, { total: 150, keys: [] })
      for (const bad of ['-1', '1.5', 'all', '', '10001']) assert.equal((await ask(`${url}?limit=${bad}`)).status, 400, bad)
    })
  })

  test('a time to live, and a deadline for every call', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      const url = `${base}/cobnut/v1/maps/m/entries/k`
      await ask(`${url}?ttlMs=1500`, 'PUT', 1)
      await ask(url, 'PUT', 1)
      await ask(url)
      await ask(url, 'DELETE')
      await ask(`${base}/cobnut/v1/maps/m/size`)
      await ask(`${base}/cobnut/v1/maps/m/keys`)
      const { calls } = member.map('m')
      assert.equal(calls.length, 6)
      for (const { name, options } of calls) assert.equal(options?.timeoutMs, 10_000, name)
      assert.deepEqual(
        calls.slice(0, 2).map(({ options }) => options),
        [{ timeoutMs: 10_000, ttlMs: 1500 }, { timeoutMs: 10_000 }],
      )
      assert.equal((await ask(`${url}?ttlMs=soon`, 'PUT', 1)).status, 400)
    })
  })

  test('bodies: JSON, and at most a mebibyte, which is said to who sends more', () =>
    serving(new FakeMember(), {}, async ({ base, port }) => {
      const url = `${base}/cobnut/v1/maps/m/entries/k`
      const bad = await fetch(url, { method: 'PUT', body: '{' })
      assert.equal(bad.status, 400)
      assert.equal((await fetch(url, { method: 'PUT' })).status, 400)
      assert.deepEqual((await ask(url, 'PUT', null)).body.code, 'NULL_ARGUMENT')
      assert.equal((await ask(url, 'PUT', 'x'.repeat(bodyBytesMax - 2))).status, 200)
      const { status, body } = await ask(url, 'PUT', 'x'.repeat(bodyBytesMax - 1))
      assert.deepEqual([status, body.code], [413, 'ARGUMENT'])
      const piece = `10000\r\n${'x'.repeat(0x10000)}\r\n`
      const head = 'PUT /cobnut/v1/maps/m/entries/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
      assert.match(await raw(port, `${head}${piece.repeat(40)}0\r\n\r\n`), /^HTTP\/1.1 413 /)
    }))

  test('errors of the map keep their code and outcome, under a status that fits', async () => {
    const cases = [
      ['ARGUMENT', 400],
      ['SERIALIZATION', 400],
      ['UNAVAILABLE', 503],
      ['NO_LEADER', 503],
      ['MEMBER_STOPPED', 503],
      ['TIMEOUT', 504],
      ['INDETERMINATE', 504],
      ['PARTITION_LOST', 500],
    ] as const
    const member = new FakeMember()
    await serving(member, {}, async ({ base }) => {
      for (const [code, status] of cases) {
        const error = new CobnutError(code)
        member.map('m').failure = error
        const answer = await ask(`${base}/cobnut/v1/maps/m/entries/k`)
        assert.deepEqual([answer.status, answer.body], [status, { code, message: error.message, outcome: error.outcome }])
      }
      member.map('m').failure = new TypeError('a bug')
      const { status, body } = await ask(`${base}/cobnut/v1/maps/m/size`)
      assert.deepEqual([status, body], [500, { code: 'INTERNAL', message: 'a bug' }])
    })
  })
})

describe('shutdown', () => {
  test('is asked for with POST, and answered before it happens', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      assert.equal((await ask(`${base}/cobnut/v1/shutdown`)).status, 405)
      assert.equal(member.shutdowns, 0)
      const { status, body } = await ask(`${base}/cobnut/v1/shutdown`, 'POST')
      assert.deepEqual([status, body, member.shutdowns], [202, { state: 'leaving' }, 1])
    })
  })
})

describe('who may do what', () => {
  const guarded: readonly [method: string, path: string][] = [
    ['GET', 'maps/m/entries/k'],
    ['PUT', 'maps/m/entries/k'],
    ['DELETE', 'maps/m/entries/k'],
    ['GET', 'maps/m/size'],
    ['GET', 'maps/m/keys'],
    ['POST', 'shutdown'],
  ]

  test('callers of other hosts neither read nor change nor stop anything', () => {
    const member = new FakeMember()
    return serving(member, { remote: '10.0.0.9' }, async ({ base }) => {
      for (const [method, path] of guarded) {
        const { status, body } = await ask(`${base}/cobnut/v1/${path}`, method, method === 'PUT' ? 1 : undefined)
        assert.deepEqual([status, body.code], [403, 'FORBIDDEN'], `${method} ${path}`)
        assert.match(body.message, /cobnut\.http\.remote\.access/)
      }
      assert.deepEqual([member.maps.size, member.shutdowns], [0, 0])
    })
  })

  test('unless the configuration opens it', () =>
    serving(new FakeMember(), { remote: '10.0.0.9', remoteAccess: true }, async ({ base }) => {
      assert.equal((await ask(`${base}/cobnut/v1/maps/m/entries/k`, 'PUT', 1)).status, 200)
    }))

  for (const remote of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
    test(`${remote} is this host`, () =>
      serving(new FakeMember(), { remote }, async ({ base }) => {
        assert.equal((await ask(`${base}/cobnut/v1/maps/m/size`)).status, 200)
      }))
  }

  test('so is whoever asks from the address that is asked', () =>
    serving(new FakeMember(), { remote: '10.0.0.9', local: '10.0.0.9' }, async ({ base }) => {
      assert.equal((await ask(`${base}/cobnut/v1/maps/m/size`)).status, 200)
    }))

  test('a page of another site reaches nothing by a name of its own', () =>
    serving(new FakeMember(), { hostNames: ['Grid.Example'] }, async ({ port }) => {
      const status = async (host: string): Promise<number> => {
        const answer = await raw(port, `GET /cobnut/v1/maps/m/size HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        return Number(answer.split(' ')[1])
      }
      for (const host of [
        '127.0.0.1',
        `127.0.0.1:${port}`,
        'localhost:1',
        'LOCALHOST',
        '[::1]:5701',
        '10.0.0.7',
        'grid.example:5701',
      ]) {
        assert.equal(await status(host), 200, host)
      }
      for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'a@127.0.0.1', '']) {
        assert.notEqual(await status(host), 200, host)
      }
      assert.match(await raw(port, 'GET /health/live HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200/)
    }))

  test('nor can it send a request in the name of the browser', () => {
    const member = new FakeMember()
    return serving(member, {}, async ({ base }) => {
      for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1']) {
        const { status, body } = await ask(`${base}/cobnut/v1/shutdown`, 'POST', undefined, { origin })
        assert.deepEqual([status, body.code], [403, 'FORBIDDEN'], origin)
      }
      assert.equal(member.shutdowns, 0)
      assert.equal((await ask(`${base}/cobnut/v1/shutdown`, 'POST', undefined, { origin: base })).status, 202)
    })
  })
})

describe('what is not there', () => {
  test('paths', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      const paths = [
        '',
        'health',
        'health/dead',
        'health/live/x',
        'metrics/x',
        'cobnut',
        'cobnut/v1',
        'cobnut/v2/status',
        'cobnut/v1/toString',
      ]
      const below = ['status/x', 'shutdown/x', 'maps/m', 'maps//size', 'maps/m/size/x', 'maps/m/entries', 'maps/m/nothing']
      for (const path of [...paths, ...below.map(each => `cobnut/v1/${each}`)]) {
        const { status, body } = await ask(`${base}/${path}`)
        assert.deepEqual([status, body.code], [404, 'NOT_FOUND'], path)
      }
      const broken = await ask(`${base}/cobnut/v1/maps/%zz/size`)
      assert.deepEqual([broken.status, broken.body.code], [400, 'ARGUMENT'])
    }))

  test('orders whose body says nothing', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      for (const [method, path] of [
        ['POST', 'recover'],
        ['POST', 'take-lead'],
        ['PUT', 'maps/m/backups'],
      ] as const) {
        for (const said of [null, 1, 'text', [1]]) {
          const { status, body } = await ask(`${base}/cobnut/v1/${path}`, method, said)
          assert.deepEqual([status, body.code, body.message], [400, 'ARGUMENT', 'the body is not an object'], `${path} ${said}`)
        }
      }
    }))

  test('methods, with those that are', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      const cases = [
        ['health/live', 'POST', 'GET'],
        ['metrics', 'DELETE', 'GET'],
        ['cobnut/v1/status', 'PUT', 'GET'],
        ['cobnut/v1/maps/m/size', 'POST', 'GET'],
        ['cobnut/v1/maps/m/entries/k', 'PATCH', 'GET, PUT, DELETE'],
        ['cobnut/v1/shutdown', 'OPTIONS', 'POST'],
      ] as const
      for (const [path, method, allow] of cases) {
        const { status, headers } = await ask(`${base}/${path}`, method)
        assert.deepEqual([status, headers.get('allow')], [405, allow], `${method} ${path}`)
      }
    }))
})

describe('connections', () => {
  test('carry one request, and no more than their time', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    await serving(new FakeMember(), {}, async ({ port }) => {
      const slow = raw(port, 'GET /health/live HTTP/1.1\r\nHost: local').catch(() => '')
      // accepted after the slow one, and answered: the slow one is known by then
      const request = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const answers = await raw(port, request + request)
      assert.match(answers, /^HTTP\/1.1 200 .*\r\nconnection: close/is)
      assert.equal(answers.match(/"state":"running"/g)?.length, 1)
      t.mock.timers.tick(30_000)
      assert.equal(await slow, '')
    })
  })

  test('HEAD has the head of GET', () =>
    serving(new FakeMember(), {}, async ({ base }) => {
      const response = await fetch(`${base}/health/ready`, { method: 'HEAD' })
      assert.deepEqual([response.status, await response.text()], [200, ''])
      assert.ok(Number(response.headers.get('content-length')) > 0)
    }))
})
