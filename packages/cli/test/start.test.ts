import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { MemberStatus } from 'cobnut'
import { parseAddress } from '../src/address.js'
import { MemberClient } from '../src/http-client.js'
import { CobnutProcess, cobnut } from './cobnut-process.js'
import { eventually } from './support.js'

/** Nobody is there: the member founds a cluster of its own, whatever else runs on this machine. */
const alone = ['--member', '127.0.0.1:1', '--property', 'cobnut.join.window.millis=0']

const startAlone = (t: TestContext, ...args: string[]): CobnutProcess =>
  new CobnutProcess(t, ['start', '--port', '0', ...alone, ...args])

async function allCopies(address: string, members: number): Promise<void> {
  let seen: MemberStatus | null = null
  const ask = async (): Promise<true | undefined> => {
    seen = await new MemberClient(parseAddress(address)).status()
    return seen.members.length === members && seen.groups.underReplicated === 0 ? true : undefined
  }
  await eventually(ask, () => seen)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cobnut-cli-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
  return folder
}

test('the first line on stdout tells who started and where', async t => {
  const member = startAlone(t, '--cluster-name', 'first-line')
  const started = await member.event('member.started')
  assert.equal(member.out[0], JSON.stringify(started))
  assert.deepEqual(Object.keys(started).slice(0, 4), ['event', 'uuid', 'address', 'clusterName'])
  assert.match(String(started.uuid), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.match(String(started.address), /^127\.0\.0\.1:\d+$/)
  assert.equal(started.clusterName, 'first-line')
  const short = await member.event('groups.underReplicated')
  assert.deepEqual([short.groups, short.reason], [271, 'too-few-members'], 'one member cannot hold a backup')
})

test('status, members and map commands work against a member', async t => {
  const address = await startAlone(t).address()
  const ask = async (...args: string[]): Promise<string> => (await cobnut(t, ...args, '--address', address)).out
  assert.equal(await ask('map', 'put', 'users', 'ann', '{"age":7}'), 'ok')
  assert.equal(await ask('map', 'get', 'users', 'ann'), '{"age":7}')
  assert.equal(await ask('map', 'get', 'users', 'bob'), 'null')
  assert.equal(await ask('map', 'size', 'users'), '1')
  assert.equal(await ask('map', 'keys', 'users'), 'ann')
  assert.equal(await ask('map', 'remove', 'users', 'ann'), 'removed')
  assert.equal(await ask('map', 'remove', 'users', 'ann'), 'was not there')
  assert.equal(JSON.parse(await ask('status', '--json')).address, address)
  assert.match(await ask('members'), new RegExp(`${address} .*alive +asked, coordinator`))
})

test('a member that runs without the application has its functions from a module', async t => {
  const folder = await folderWith(t, {
    'code.mjs': 'export const entryProcessors = { shout: entry => entry.setValue(entry.value.toUpperCase()) }',
    'taken.mjs': "export const entryProcessors = { 'cobnut.append': () => null }",
    'half.mjs': 'export const interceptors = { nothing: {} }',
    'empty.mjs': 'export const other = 1',
    'broken.mjs': 'throw new Error("not ready")',
  })
  const file = (name: string): string[] => ['--code', path.join(folder, name)]
  await startAlone(t, ...file('code.mjs')).address()
  for (const [name, expected, code] of [
    ['taken.mjs', /there is an entry processor "cobnut.append" already/, 1],
    ['half.mjs', /an interceptor has at least one of the functions/, 1],
    ['empty.mjs', /exports neither entryProcessors nor interceptors nor comparators/, 2],
    ['broken.mjs', /cannot be loaded: not ready/, 2],
    ['absent.mjs', /cannot be loaded: Cannot find module/, 2],
  ] as const) {
    const refused = await cobnut(t, 'start', '--port', '0', ...alone, ...file(name))
    assert.match(refused.err, expected)
    assert.equal(refused.code, code)
  }
})

test('a signal hands everything over to the other member, and a lone member just ends', async t => {
  const first = startAlone(t)
  const address = await first.address()
  const second = new CobnutProcess(t, ['start', '--port', '0', '--member', address])
  await allCopies(address, 2)
  await cobnut(t, 'map', 'put', 'users', 'ann', '7', '--address', address)
  first.child.kill('SIGTERM')
  assert.equal((await first.event('member.leaving')).why, 'SIGTERM')
  assert.equal((await first.event('member.stopped')).handedOver, true)
  assert.equal(await first.exitCode(), 0)
  await second.event('member.left', event => event.address === address)
  const { out } = await cobnut(t, 'map', 'get', 'users', 'ann', '--address', await second.address())
  assert.equal(out, '7')
  second.child.kill('SIGINT')
  assert.equal((await second.event('member.stopped')).handedOver, false)
  assert.equal(await second.exitCode(), 0)
})

test('a signal to a member that was told to leave over HTTP waits for it to hand everything over', async t => {
  const first = startAlone(t)
  const address = await first.address()
  const second = new CobnutProcess(t, ['start', '--port', '0', '--member', address])
  await allCopies(address, 2)
  await cobnut(t, 'map', 'put', 'users', 'ann', '7', '--address', address)
  assert.equal((await fetch(`http://${address}/cobnut/v1/shutdown`, { method: 'POST' })).status, 202)
  first.child.kill('SIGTERM')
  assert.equal(await first.exitCode(), 0)
  const { out } = await cobnut(t, 'map', 'get', 'users', 'ann', '--address', await second.address())
  assert.equal(out, '7')
})

test('with a witness, either of two members may stand still: the other one goes on', async t => {
  const first = startAlone(t)
  const address = await first.address()
  const second = new CobnutProcess(t, ['start', '--port', '0', '--member', address])
  const witness = new CobnutProcess(t, ['witness', '--join', address])
  await witness.event('member.started')
  const secondAddress = await second.address()
  await cobnut(t, 'map', 'put', 'users', 'ann', '7', '--address', address)
  await allCopies(address, 3)
  // stopped, not dead: nothing proves that it will not go on, so only a majority may decide without it
  first.child.kill('SIGSTOP')
  t.after(() => first.child.kill('SIGKILL'))
  await second.event('member.left', event => event.address === address)
  const asked = await cobnut(t, 'map', 'get', 'users', 'ann', '--address', secondAddress)
  assert.equal(asked.out, '7')
  await cobnut(t, 'map', 'put', 'users', 'ann', '8', '--address', secondAddress)
  const { maps } = await new MemberClient(parseAddress(await witness.address())).status()
  assert.deepEqual(
    maps.map(m => m.ownedEntries + m.backupEntries),
    maps.map(() => 0),
    'a witness holds nothing',
  )
})

test('a witness founds no cluster: started first, it waits for the members', async t => {
  const port = await freePort()
  const witness = new CobnutProcess(t, ['witness', '--join', `127.0.0.1:${port}`])
  // what a member would long have founded one for
  await eventually(
    () => (witness.err.some(line => line.includes('join.waiting')) ? true : undefined),
    () => witness.out,
  )
  assert.deepEqual(witness.out, [])
  const first = new CobnutProcess(t, ['start', '--port', String(port), ...alone])
  await first.event('member.started')
  assert.equal((await witness.event('member.started')).members, 2)
})

test('the younger of two that has lost its leader leads when the operator says so', async t => {
  const first = startAlone(t)
  const address = await first.address()
  const second = new CobnutProcess(t, ['start', '--port', '0', '--member', address])
  const secondAddress = await second.address()
  await allCopies(address, 2)
  await cobnut(t, 'map', 'put', 'users', 'ann', '7', '--address', address)
  const refused = await cobnut(t, 'take-lead', '--accept-data-loss', '--address', secondAddress)
  assert.match(refused.err, /LEADER_PRESENT/)
  // stopped, not dead: for the second one it might as well be cut off on another host
  first.child.kill('SIGSTOP')
  t.after(() => first.child.kill('SIGKILL'))
  await eventually(
    async () => ((await new MemberClient(parseAddress(secondAddress)).status()).coordinator === null ? true : undefined),
    () => 'the leader is still heard',
  )
  assert.match((await cobnut(t, 'take-lead', '--address', secondAddress)).err, /--accept-data-loss/)
  const taken = await cobnut(t, 'take-lead', '--accept-data-loss', '--address', secondAddress)
  assert.match(taken.out, /leads; 1 member taken for dead/)
  assert.equal((await cobnut(t, 'map', 'get', 'users', 'ann', '--address', secondAddress)).out, '7')
  await cobnut(t, 'map', 'put', 'users', 'ann', '8', '--address', secondAddress)
})

test('a second signal ends it at once', async t => {
  const first = startAlone(t)
  const address = await first.address()
  const second = new CobnutProcess(t, ['start', '--port', '0', '--member', address])
  await allCopies(address, 2)
  // with the other one standing still there is no end of handing over
  second.child.kill('SIGSTOP')
  first.child.kill('SIGTERM')
  await first.event('member.leaving')
  first.child.kill('SIGINT')
  const stopped = await first.event('member.stopped')
  assert.deepEqual([stopped.reason, stopped.handedOver], ['stopped at once, on a second signal', false])
  assert.equal(await first.exitCode(), 130)
})

test('with --stop-with-parent a member leaves when its stdin closes', async t => {
  const member = startAlone(t, '--stop-with-parent')
  await member.address()
  member.child.stdin?.end()
  assert.match(String((await member.event('member.leaving')).why), /process that started this member is gone/)
  assert.equal(await member.exitCode(), 0)
})

test('POST /cobnut/v1/shutdown lets a member leave', async t => {
  const member = startAlone(t)
  const response = await fetch(`http://${await member.address()}/cobnut/v1/shutdown`, { method: 'POST' })
  assert.equal(response.status, 202)
  await member.event('member.stopped')
  assert.equal(await member.exitCode(), 0)
})

test('a bad configuration is told with its place, exit code 2, and nothing starts', async t => {
  const folder = await folderWith(t, {
    'bad.xml':
      '<hazelcast>\n  <map name="a">\n    <backup-count>7</backup-count>\n    <backup-cuont>1</backup-cuont>\n  </map>\n</hazelcast>\n',
  })
  const file = path.join(folder, 'bad.xml')
  for (const command of [
    ['start', '--port', '0', '--config', file],
    ['start', '--port', '0', '--config', file, '--stop-with-parent'],
    ['dev', '2', '--port', '0', '--config', file],
    ['config', 'check', file],
  ]) {
    const run = new CobnutProcess(t, command)
    assert.equal(await run.exitCode(), 2, command.join(' '))
    assert.deepEqual(run.out, [])
    const err = run.err.join('\n')
    assert.match(err, /bad\.xml:3:\d+: .*backup-count/)
    assert.match(err, /bad\.xml:4:\d+: .*did you mean "backup-count"/s)
  }
})

test('a missing file is a bad configuration', async t => {
  const { code, err } = await cobnut(t, 'start', '--config', '/nowhere/hazelcast.xml')
  assert.equal(code, 2)
  assert.match(err, /\/nowhere\/hazelcast\.xml cannot be read/)
})

test('config check lists what has no effect yet', async t => {
  const folder = await folderWith(t, { 'some.yaml': 'hazelcast:\n  cluster-name: some\n  queue:\n    q: { max-size: 3 }\n' })
  const { code, out } = await cobnut(t, 'config', 'check', path.join(folder, 'some.yaml'))
  assert.equal(code, 0)
  assert.match(out, /no effect yet {2}hazelcast\.queue/)
  const json = await cobnut(t, 'config', 'check', path.join(folder, 'some.yaml'), '--json')
  assert.equal(JSON.parse(json.out).valid, true)
})

test('hazelcast.xml of the working directory is read, and flags win over it', async t => {
  const xml =
    '<hazelcast><cluster-name>from-file</cluster-name><map name="default"><backup-count>2</backup-count></map></hazelcast>'
  const folder = await folderWith(t, { 'hazelcast.xml': xml })
  const one = new CobnutProcess(t, ['start', '--port', '0', ...alone], folder)
  assert.equal((await one.event('member.started')).clusterName, 'from-file')
  const two = new CobnutProcess(t, ['start', '--port', '0', '--cluster-name', 'from-flag', ...alone], folder)
  assert.equal((await two.event('member.started')).clusterName, 'from-flag')
})

test('a port that is taken is a failure, not another port', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const { code, err } = await cobnut(t, 'start', '--port', String(port), ...alone)
  assert.equal(code, 1)
  assert.match(err, /ADDRESS_IN_USE/)
})

test('a usage error ends with 2, help with 0', async t => {
  assert.equal((await cobnut(t, 'start', '--port', 'x')).code, 2)
  assert.equal((await cobnut(t, 'help')).code, 0)
})

test('dev runs a cluster, tells of a death, and drains on a signal', async t => {
  const dev = new CobnutProcess(t, ['dev', '3', '--port', '0'])
  const { addresses } = (await dev.event('dev.started')) as unknown as { addresses: string[] }
  assert.equal(addresses.length, 3)
  const pids = dev.events.filter(({ event }) => event === 'member.started').map(({ pid }) => Number(pid))
  await allCopies(addresses[0] as string, 3)
  process.kill(pids[1] as number, 'SIGKILL')
  const died = await dev.event('member.died')
  assert.deepEqual([died.pid, died.signal], [pids[1], 'SIGKILL'])
  await dev.event('member.left')
  dev.child.kill('SIGTERM')
  assert.equal(await dev.exitCode(), 0)
  assert.equal(dev.events.filter(({ event }) => event === 'member.stopped').length, 2)
})

test('when dev is killed its members leave', async t => {
  const dev = new CobnutProcess(t, ['dev', '2', '--port', '0'])
  await dev.event('dev.started')
  const pids = dev.events.filter(({ event }) => event === 'member.started').map(({ pid }) => Number(pid))
  dev.child.kill('SIGKILL')
  const living = (): number[] => pids.filter(isAlive)
  await eventually(() => (living().length === 0 ? true : undefined), living, 20_000)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
