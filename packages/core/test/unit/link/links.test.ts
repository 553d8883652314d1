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

  readonly pipe = {
    remote: address,
    local: address,
    bufferedBytes: 0,
    start: (receiver: PipeReceiver) => {
      this.receiver = receiver
    },
    write: (bytes: Uint8Array) => {
      queueMicrotask(() => this.other?.arrive(bytes))
      return true
    },
    end: () => queueMicrotask(() => this.other?.receiver?.onClose('ended')),
  } as unknown as Pipe

  arrive(bytes: Uint8Array): void {
    this.receiver?.onData(bytes)
    if (this.isShort) this.receiver?.onClose('ended')
  }
}

test('a connection that ends in the moment in which it is made is made anew', async () => {
  const heard: string[] = []
  let dials = 0
  const linksOf = (id: string, dial: () => Promise<Pipe>): Links => {
    const env = { clock, network: { dial }, log: silent } as unknown as Env
    const listener: LinksListener = { onMessage: (_, { name }) => heard.push(name), onUp() {}, onDown() {} }
    const self = { id: memberId(id), clusterName: 'dev', partitionCount: 271, leaseMs: 2_000 }
    return new Links(env, { ...self, address: () => address, clusterId: () => 'c', memberCount: () => 2 }, null, listener)
  }
  const b = linksOf('b', () => new Promise(() => {}))
  const a = linksOf('a', async () => {
    const [near, far] = [new End(), new End()]
    near.other = far
    far.other = near
    near.isShort = ++dials === 1
    far.receiver = {
      // the first bytes begin with the prefix, which others read
      onData: bytes => b.accept(far.pipe, bytes.subarray(memberPrefix.length)),
      onDrain() {},
      onClose() {},
    }
    return near.pipe
  })
  const to: MemberId = memberId('b')
  a.reach(to, address)
  for (let i = 0; i < 500 && heard.length === 0; i++) {
    a.send(to, 'confirm', { group: 0, epoch: 1, round: 1 })
    await sleep(1)
  }
  assert.deepEqual([heard[0], dials], ['confirm', 2])
  a.close()
  b.close()
})
