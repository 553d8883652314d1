import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { DevCluster } from '../src/dev-cluster.js'
import { CommandError } from '../src/exit.js'
import { createProgram } from '../src/program.js'
import { type TestTerminal, testTerminal } from './support.js'

let cluster: DevCluster
let address: string

before(async () => {
  const program = [process.execPath, fileURLToPath(new URL('fake-member.js', import.meta.url))] as const
  cluster = await DevCluster.spawn({ members: 1, port: 0, clusterName: 'fakes', program })
  await cluster.started()
  address = cluster.members[0]?.address as string
})
after(() => cluster.stop())

async function cobnut(...args: string[]): Promise<TestTerminal> {
  const terminal = testTerminal()
  await createProgram(terminal, '1.2.3', () => {}).parseAsync(args, { from: 'user' })
  return terminal
}

/** With the address of the fake member. */
const ask = async (...args: string[]): Promise<string> => (await cobnut(...args, '--address', address)).outText()

test('an entry is put, read, listed, counted and removed', async () => {
  assert.equal(await ask('map', 'put', 'users', 'ann', '{"age":7}'), 'ok\n')
  assert.equal(await ask('map', 'put', 'users', '7', 'seven'), 'ok\n')
  assert.equal(await ask('map', 'get', 'users', 'ann'), '{"age":7}\n')
  assert.equal(await ask('map', 'get', 'users', '7'), 'seven\n')
  assert.equal(await ask('map', 'get', 'users', '"7"'), 'null\n', 'the text 7 is another key than the number')
  assert.equal(await ask('map', 'size', 'users'), '2\n')
  assert.equal(await ask('map', 'keys', 'users'), 'ann\n7\n')
  const cut = await cobnut('map', 'keys', 'users', '--limit', '1', '--address', address)
  assert.deepEqual([cut.outText(), cut.errText()], ['ann\n', '1 keys more; --limit N shows more of them\n'])
  assert.equal(await ask('map', 'remove', 'users', 'ann'), 'removed\n')
  assert.equal(await ask('map', 'remove', 'users', 'ann'), 'was not there\n')
})

test('with --json every answer is one JSON line', async () => {
  assert.deepEqual(JSON.parse(await ask('map', 'put', 'json', 'a', '1', '--json')), { map: 'json', key: 'a', value: 1 })
  assert.deepEqual(JSON.parse(await ask('map', 'get', 'json', 'a', '--json')), { map: 'json', key: 'a', found: true, value: 1 })
  assert.deepEqual(JSON.parse(await ask('map', 'get', 'json', 'b', '--json')), {
    map: 'json',
    key: 'b',
    found: false,
    value: null,
  })
  assert.deepEqual(JSON.parse(await ask('map', 'remove', 'json', 'a', '--json')), { map: 'json', key: 'a', removed: true })
  assert.equal(typeof JSON.parse(await ask('map', 'size', 'json', '--json')).size, 'number')
  assert.equal(JSON.parse(await ask('status', '--json')).clusterName, 'fakes')
  assert.equal(JSON.parse(await ask('members', '--json'))[0].id, cluster.members[0]?.uuid)
})

test('status and members are readable', async () => {
  assert.match(await ask('status'), /cluster +fakes .*\ncopies +all copies in place\n/)
  assert.match(await ask('members'), /^MEMBER +UUID +STATUS\n127\.0\.0\.1:\d+ +[0-9a-f-]{36} +alive +asked\n$/)
})

test('a refusal of the member is told with its code', async () => {
  await assert.rejects(
    ask('map', 'size', 'refused'),
    (error: unknown) =>
      error instanceof CommandError && error.exitCode === 1 && /no copy can be reached \(UNAVAILABLE\)$/.test(error.message),
  )
})

test('an address where nobody listens, and one where somebody else does', async () => {
  const server = createServer(socket => socket.resume().end('SSH-2.0-something\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await assert.rejects(cobnut('status', '-a', `127.0.0.1:${port}`), /is not a Cobnut member/)
  server.close()
  await once(server, 'close')
  await assert.rejects(cobnut('status', '-a', `127.0.0.1:${port}`), /no member listens at 127\.0\.0\.1:\d+; start one with/)
})

test('what another server does not find is no word about an entry', async () => {
  const server = createHttpServer((_, response) => void response.writeHead(404).end('<h1>Not Found</h1>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  try {
    for (const what of ['get', 'remove']) {
      await assert.rejects(cobnut('map', what, 'cities', '1', '-a', `127.0.0.1:${port}`), /is not a Cobnut member/)
    }
  } finally {
    server.close()
  }
})

test('a bad command line is refused before anything runs', async () => {
  const bad = [
    ['bogus'],
    ['start', '--port', '70000'],
    ['start', '--port', 'x'],
    ['start', '--member', 'a:b:c'],
    ['start', '--property', 'novalue'],
    ['start', '--unknown'],
    ['dev', '0'],
    ['dev', '21'],
    ['map', 'get', 'users'],
    ['map', 'keys', 'users', '--limit', '0'],
    ['status', '--address', 'x:0'],
    ['config', 'check'],
  ]
  for (const args of bad) {
    await assert.rejects(
      cobnut(...args),
      (error: unknown) => error instanceof CommanderError && error.exitCode !== 0,
      args.join(' '),
    )
  }
})
