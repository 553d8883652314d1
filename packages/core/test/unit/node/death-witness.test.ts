import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { memberId } from '../../../src/base/ids.js'
import { DeathWitness } from '../../../src/node/death-witness.js'

const id = (n: number) => memberId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)

/** A process that announces itself and prints its token. */
async function announcing(directory: string, n: number): Promise<{ child: ChildProcess; token: string }> {
  const witness = new URL('../../../src/node/death-witness.js', import.meta.url).href
  const program = `
    const { DeathWitness } = await import(${JSON.stringify(witness)})
    const { token } = await new DeathWitness(${JSON.stringify(directory)}).announce(${JSON.stringify(id(n))})
    process.stdout.write(token)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [token] = await once(child.stdout!, 'data')
  return { child, token: String(token) }
}

describe('proof of death', { skip: process.platform === 'win32' }, () => {
  let root: string
  let directory: string
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'cw-'))
    directory = join(root, 'd')
  })
  after(() => rm(root, { recursive: true }))

  test('alive, also while it stands still; dead once it was killed', async () => {
    const witness = new DeathWitness(directory)
    const { child, token } = await announcing(directory, 1)
    assert.equal(await witness.probe(token), 'alive')
    child.kill('SIGSTOP')
    assert.equal(await witness.probe(token), 'alive')
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal(await witness.probe(token), 'dead')
  })

  test('withdrawn: neither alive nor proved dead, and nothing is left behind', async () => {
    const witness = new DeathWitness(directory)
    const { token, withdraw } = await witness.announce(id(2))
    assert.equal(await witness.probe(token), 'alive')
    await withdraw()
    assert.equal(await witness.probe(token), 'unknown')
    assert.ok(!(await readdir(directory)).includes(id(2).replaceAll('-', '')))
  })

  test('an announcement does not keep its process alive', async () => {
    const witness = new URL('../../../src/node/death-witness.js', import.meta.url).href
    const program = `
      const { DeathWitness } = await import(${JSON.stringify(witness)})
      await new DeathWitness(${JSON.stringify(directory)}).announce(${JSON.stringify(id(3))})`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  test('a token of another host or directory says nothing', async () => {
    const { token, withdraw } = await new DeathWitness(directory).announce(id(4))
    const elsewhere = new DeathWitness(join(root, 'other'))
    assert.equal(await elsewhere.probe(token), 'unknown')
    const foreign = token.replace(/^./, first => (first === '0' ? '1' : '0'))
    assert.equal(await new DeathWitness(directory).probe(foreign), 'unknown')
    assert.equal(await new DeathWitness(directory).probe(''), 'unknown')
    assert.equal(await new DeathWitness(directory).probe(`${token}/../../x`), 'unknown')
    await withdraw()
  })

  test('the token does not give the ids of the machine away', async () => {
    const { token, withdraw } = await new DeathWitness(directory).announce(id(5))
    assert.match(token, /^[0-9a-f]{32}:[0-9a-f]{32}$/)
    await withdraw()
  })

  test('a directory that others may write to proves nothing', async () => {
    const shared = join(root, 'shared')
    const { child, token } = await announcing(shared, 6)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const witness = new DeathWitness(shared)
    assert.equal(await witness.probe(token), 'dead')
    await chmod(shared, 0o777)
    assert.equal(await witness.probe(token), 'unknown')
    assert.equal((await witness.announce(id(7))).token, '')
  })

  test('nor does one that is a link to somewhere', async () => {
    await mkdir(join(root, 'real'), { mode: 0o700 })
    await symlink(join(root, 'real'), join(root, 'link'))
    assert.equal((await new DeathWitness(join(root, 'link')).announce(id(8))).token, '')
  })

  test('where the path of a socket would be too long there is no proof, and no error', async () => {
    assert.equal((await new DeathWitness(join(root, 'x'.repeat(100))).announce(id(9))).token, '')
  })

  test('sockets of processes that died more than a day ago are removed, others are not', async () => {
    const own = join(root, 'stale')
    const [old, recent, alive] = await Promise.all([announcing(own, 10), announcing(own, 11), announcing(own, 12)])
    const dayBeforeYesterday = new Date(Date.now() - 48 * 60 * 60 * 1000)
    for (const { token } of [old, alive]) await utimes(join(own, token.split(':')[1]!), dayBeforeYesterday, dayBeforeYesterday)
    for (const { child } of [old, recent]) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const witness = new DeathWitness(own)
    const { withdraw } = await witness.announce(id(13))
    const endMs = performance.now() + 5_000
    while ((await witness.probe(old.token)) !== 'unknown' && performance.now() < endMs);
    assert.equal(await witness.probe(old.token), 'unknown')
    assert.equal(await witness.probe(recent.token), 'dead')
    assert.equal(await witness.probe(alive.token), 'alive')
    await withdraw()
    alive.child.kill('SIGKILL')
    await once(alive.child, 'exit')
  })

  test('of many such sockets each start looks at some, and after enough of them none is left', async () => {
    const own = join(root, 'many')
    const dayBeforeYesterday = new Date(Date.now() - 48 * 60 * 60 * 1000)
    await mkdir(own, { mode: 0o700 })
    // to connect to a plain file is refused too
    for (let n = 200; n < 700; n += 2) {
      const path = join(own, id(n).replaceAll('-', ''))
      await writeFile(path, '')
      await utimes(path, dayBeforeYesterday, dayBeforeYesterday)
    }
    const leftAfter = async (n: number, expected: number): Promise<void> => {
      const { withdraw } = await new DeathWitness(own).announce(id(n))
      const left = async (): Promise<number> => (await readdir(own)).length - 1
      const endMs = performance.now() + 5_000
      while ((await left()) > expected && performance.now() < endMs);
      assert.equal(await left(), expected)
      await withdraw()
    }
    await leftAfter(401, 150)
    await leftAfter(699, 50)
    await leftAfter(401, 0)
  })
})
