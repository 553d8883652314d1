import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import type { Env, Pipe, PipeReceiver } from '../../../src/env/env.js'
import { Links, type LinksListener } from '../../../src/link/links.js'
import { memberPrefix } from '../../../src/protocol/member-table.js'
import { silent } from '../control/plane-world.js'
import { IdleClock } from './idle-clock.js'

const address = { host: '10.0.0.1', port: 5701 }

/** One end of a connection; what is written arrives in a microtask of its own. */
class End {
  receiver: PipeReceiver | null = null
  other: End | null = null
  /** The connection breaks behind the first bytes that arrive here, in the same turn. */
  isShort = false
  /** Nothing arrives on the other side any more, not even that this one ends. */
  isCut = false
  /** What arrives while nobody reads. */
  #unread: (() => void)[] | null = null

  readonly pipe = {
    remote: address,
    local: address,
    bufferedBytes: 0,
    start: (receiver: PipeReceiver) => {
      this.receiver = receiver
    },
    write: (bytes: Uint8Array) => {
      if (!this.isCut) queueMicrotask(() => this.other?.arrive(bytes))
      return true
    },
    end: () => {
      if (!this.isCut) queueMicrotask(() => this.other?.ended())
    },
  } as unknown as Pipe

  stop(): void {
    this.#unread ??= []
  }

  goOn(): void {
    const unread = this.#unread ?? []
    this.#unread = null
    for (const read of unread) read()
  }

  ended(): void {
    if (this.#unread !== null) this.#unread.push(() => this.ended())
    else this.receiver?.onClose('ended')
  }

  arrive(bytes: Uint8Array): void {
    if (this.#unread !== null) {
      this.#unread.push(() => this.arrive(bytes))
      return
    }
    this.receiver?.onData(bytes)
    if (this.isShort) this.receiver?.onClose('ended')
  }
}

/** Both ends of a connection whose far end is accepted. */
function connected(acceptor: () => Links): [near: End, far: End] {
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  far.receiver = {
    // the first bytes begin with the prefix, which others read
    onData: bytes => acceptor().accept(far.pipe, bytes.subarray(memberPrefix.length)),
    onDrain() {},
    onClose() {},
  }
  return [near, far]
}

const idOfA = memberId('a')
const idOfB = memberId('b')

/** Two members and what lies between them. */
class Pair {
  readonly clock = new IdleClock()
  readonly heardByA: string[] = []
  readonly heardByB: string[] = []
  /** Both ends of every connection; of those that A dials, the near end comes first. */
  readonly ends: End[] = []
  readonly changesAtA: string[] = []
  /** Before a connection of A begins. */
  onDial = (_near: End): void => {}
  onUpAtA = (): void => {}
  isCut = false
  readonly a: Links = this.#links('a', this.heardByA, () => this.b)
  readonly b: Links = this.#links('b', this.heardByB, () => this.a)

  #links(id: string, heard: string[], other: () => Links): Links {
    const dial = async (): Promise<Pipe> => {
      if (this.isCut) throw new CobnutError('LINK_CLOSED', 'no answer')
      const [near, far] = connected(other)
      this.ends.push(near, far)
      if (id === 'a') this.onDial(near)
      return near.pipe
    }
    const env = { clock: this.clock, network: { dial }, log: silent } as unknown as Env
    const change = (what: string): void => void (id === 'a' && this.changesAtA.push(what))
    const listener: LinksListener = {
      onMessage: (_, { name }) => heard.push(name),
      onUp: () => {
        change('up')
        if (id === 'a') this.onUpAtA()
      },
      onDown: () => change('down'),
    }
    const self = { id: memberId(id), clusterName: 'dev', partitionCount: 271, leaseMs: 2_000 }
    return new Links(env, { ...self, address: () => address, clusterId: () => 'c', memberCount: () => 2 }, null, listener)
  }

  async sendUntilHeard(from: Links, to: MemberId, heard: readonly string[]): Promise<void> {
    const before = heard.length
    for (let i = 0; i < 500 && heard.length === before; i++) {
      from.send(to, 'confirm', { group: 0, epoch: 1, round: 1 })
      await this.clock.runUntil(() => heard.length > before, 10)
    }
    assert.equal(heard.at(-1), 'confirm')
  }

  async begin(): Promise<void> {
    this.a.reach(idOfB, address)
    await this.sendUntilHeard(this.a, idOfB, this.heardByB)
    await this.sendUntilHeard(this.b, idOfA, this.heardByA)
  }

  close(): void {
    this.a.close()
    this.b.close()
  }
}

test('a connection that ends in the moment in which it is made is made anew', async () => {
  const pair = new Pair()
  let dials = 0
  pair.onDial = near => {
    near.isShort = ++dials === 1
  }
  await pair.begin()
  assert.equal(dials, 2)
  pair.close()
})

test('who is dialled by one that does not hear it dials anew, though its own connection seems to be up', async () => {
  const pair = new Pair()
  await pair.begin()
  assert.equal(pair.ends.length, 4)

  // b counts a out while they are cut off from each other, and takes it in again
  for (const end of pair.ends) end.isCut = true
  pair.b.follow([])
  assert.ok(pair.a.isUp(idOfB), 'it has not heard of that')
  pair.b.follow([{ id: idOfA, address }])
  await pair.sendUntilHeard(pair.a, idOfB, pair.heardByB)
  assert.equal(pair.ends.length, 8)
  pair.close()
})

test('what was cut off is connected anew once a connection can be made, though none has broken', async () => {
  const pair = new Pair()
  await pair.begin()
  for (const end of pair.ends) end.isCut = true
  pair.isCut = true
  pair.a.send(idOfB, 'confirm', { group: 0, epoch: 1, round: 1 })
  await pair.clock.runUntil(() => false, 60_000)
  assert.deepEqual([pair.ends.length, pair.changesAtA], [4, ['up']], 'it gave up what it had')
  pair.isCut = false
  assert.ok(await pair.clock.runUntil(() => pair.changesAtA.length > 1, 5_000))
  assert.deepEqual(pair.changesAtA, ['up', 'down', 'up'])
  await pair.sendUntilHeard(pair.a, idOfB, pair.heardByB)
  pair.close()
})

test('a link on which nothing is said, or whose other side hears and says nothing, stays as it is', async () => {
  const pair = new Pair()
  await pair.begin()
  await pair.clock.runUntil(() => false, 60_000)
  for (let i = 0; i < 60; i++) {
    pair.a.send(idOfB, 'confirm', { group: 0, epoch: 1, round: 1 })
    await pair.clock.runUntil(() => false, 1_000)
  }
  assert.deepEqual([pair.ends.length, pair.changesAtA], [4, ['up']])
  pair.close()
})

test('what is sent to a member that stands still is not lost', async () => {
  const pair = new Pair()
  await pair.begin()
  for (const end of pair.ends) end.stop()
  pair.onDial = near => near.other?.stop()
  pair.a.send(idOfB, 'confirm', { group: 0, epoch: 1, round: 1 })
  await pair.clock.runUntil(() => false, 20_000)
  assert.ok(pair.ends.length > 4, 'it was not asked')
  const heard = pair.heardByB.length
  pair.onDial = () => {}
  // what is new is heard first
  for (const end of pair.ends.toReversed()) end.goOn()
  await pair.clock.runUntil(() => false, 20_000)
  assert.equal(pair.heardByB.length, heard + 1)
  assert.deepEqual(pair.changesAtA, ['up'])
  pair.close()
})

test('what breaks while it is heard of a new connection is no failed dial: it is thrown where the member is guarded', async () => {
  const pair = new Pair()
  const thrown: unknown[] = []
  pair.clock.defer = run =>
    queueMicrotask(() => {
      try {
        run()
      } catch (error) {
        thrown.push(error)
      }
    })
  const broken = new Error('planted')
  pair.onUpAtA = () => {
    throw broken
  }
  let dials = 0
  pair.onDial = () => void dials++
  pair.a.reach(idOfB, address)
  await pair.clock.runUntil(() => thrown.length > 0, 10_000)
  assert.deepEqual([thrown, dials], [[broken], 1])
  pair.close()
})
