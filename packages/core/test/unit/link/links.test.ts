import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import type { Clock, Env, Pipe, PipeReceiver } from '../../../src/env/env.js'
import { Links, type LinksListener } from '../../../src/link/links.js'
import { memberPrefix } from '../../../src/protocol/member-table.js'
import { silent } from '../control/plane-world.js'

const address = { host: '10.0.0.1', port: 5701 }

const clock: Pick<Clock, 'after' | 'defer'> = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  defer: run => queueMicrotask(run),
}

/** One end of a connection; what is written arrives in a microtask of its own. */
class End {
  receiver: PipeReceiver | null = null
  other: End | null = null
  /** The connection breaks behind the first bytes that arrive here, in the same turn. */
  isShort = false
  /** Nothing arrives on the other side any more, not even that this one ends. */
  isCut = false

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
      if (!this.isCut) queueMicrotask(() => this.other?.receiver?.onClose('ended'))
    },
  } as unknown as Pipe

  arrive(bytes: Uint8Array): void {
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

function linksOf(id: string, heard: string[], dial: () => Promise<Pipe>): Links {
  const env = { clock, network: { dial }, log: silent } as unknown as Env
  const listener: LinksListener = { onMessage: (_, { name }) => heard.push(name), onUp() {}, onDown() {} }
  const self = { id: memberId(id), clusterName: 'dev', partitionCount: 271, leaseMs: 2_000 }
  return new Links(env, { ...self, address: () => address, clusterId: () => 'c', memberCount: () => 2 }, null, listener)
}

const idOfA = memberId('a')
const idOfB = memberId('b')

async function sendUntilHeard(from: Links, to: MemberId, heard: readonly string[]): Promise<void> {
  for (let i = 0; i < 500 && heard.length === 0; i++) {
    from.send(to, 'confirm', { group: 0, epoch: 1, round: 1 })
    await sleep(1)
  }
}

test('a connection that ends in the moment in which it is made is made anew', async () => {
  const heard: string[] = []
  let dials = 0
  const b = linksOf('b', heard, () => new Promise(() => {}))
  const a = linksOf('a', heard, async () => {
    const [near] = connected(() => b)
    near.isShort = ++dials === 1
    return near.pipe
  })
  a.reach(idOfB, address)
  await sendUntilHeard(a, idOfB, heard)
  assert.deepEqual([heard[0], dials], ['confirm', 2])
  a.close()
  b.close()
})

test('who is dialled by one that does not hear it dials anew, though its own connection seems to be up', async () => {
  const heardByA: string[] = []
  const heardByB: string[] = []
  const ends: End[] = []
  const dialTo = (acceptor: () => Links) => async (): Promise<Pipe> => {
    const both = connected(acceptor)
    ends.push(...both)
    return both[0].pipe
  }
  const a = linksOf(
    'a',
    heardByA,
    dialTo(() => b),
  )
  const b: Links = linksOf(
    'b',
    heardByB,
    dialTo(() => a),
  )
  a.reach(idOfB, address)
  await sendUntilHeard(a, idOfB, heardByB)
  await sendUntilHeard(b, idOfA, heardByA)
  assert.equal(ends.length, 4)

  // b counts a out while they are cut off from each other, and takes it in again
  for (const end of ends) end.isCut = true
  b.follow([])
  assert.ok(a.isUp(idOfB), 'it has not heard of that')
  heardByB.length = 0
  b.follow([{ id: idOfA, address }])
  await sendUntilHeard(a, idOfB, heardByB)
  assert.deepEqual([heardByB[0], ends.length], ['confirm', 8])
  a.close()
  b.close()
})

test('what breaks while it is heard of a new connection is no failed dial: it is thrown where the member is guarded', async () => {
  const thrown: unknown[] = []
  const guarded = {
    ...clock,
    defer: (run: () => void) =>
      queueMicrotask(() => {
        try {
          run()
        } catch (error) {
          thrown.push(error)
        }
      }),
  }
  const broken = new Error('planted')
  const heard: string[] = []
  const b = linksOf('b', heard, () => new Promise(() => {}))
  let dials = 0
  const dial = async (): Promise<Pipe> => {
    dials++
    return connected(() => b)[0].pipe
  }
  const self = { id: idOfA, clusterName: 'dev', partitionCount: 271, leaseMs: 2_000 }
  const listener: LinksListener = {
    onMessage() {},
    onUp: () => {
      throw broken
    },
    onDown() {},
  }
  const env = { clock: guarded, network: { dial }, log: silent } as unknown as Env
  const a = new Links(env, { ...self, address: () => address, clusterId: () => 'c', memberCount: () => 2 }, null, listener)
  a.reach(idOfB, address)
  for (let i = 0; i < 500 && thrown.length === 0; i++) await sleep(1)
  assert.deepEqual([thrown, dials], [[broken], 1])
  a.close()
  b.close()
})
