import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { Joining } from '../../../src/cluster/joining.js'
import type { Clock } from '../../../src/env/env.js'
import type { LinkReceiver } from '../../../src/link/link.js'
import type { Links } from '../../../src/link/links.js'
import { record, silent } from '../control/plane-world.js'
import { IdleClock } from '../link/idle-clock.js'

/** How a member ends its search that knows one address, where `greet` answers. */
async function search(greet: (nowMs: number, receiver: LinkReceiver) => { from: string; clusterId: string }): Promise<string> {
  const clock = new IdleClock()
  const startedMs = clock.nowMs
  const link = { send() {}, close() {} }
  const links = {
    greet: async (_address: unknown, _expected: unknown, receiver: LinkReceiver) => {
      return { ...greet(clock.nowMs - startedMs, receiver), link, members: 2 }
    },
  }
  const joining = new Joining({
    self: record('c', { address: { host: '10.0.0.3', port: 5701 } }),
    links: links as unknown as Links,
    clock: clock as unknown as Clock,
    log: silent,
    seeds: { candidates: async () => [{ host: '10.0.0.1', port: 5701 }], exhaustive: true, named: true },
    windowMs: 2_000,
    initialMinClusterSize: 1,
    mayFound: true,
    timeoutMs: 60_000,
    prepare: () => {},
  })
  let end = ''
  joining.run().then(
    found => {
      end = found
    },
    (error: unknown) => {
      end = (error as CobnutError).code
    },
  )
  await clock.runUntil(() => end !== '', 100_000)
  return end
}

const nobody = (): never => {
  throw new CobnutError('LINK_CLOSED', 'connect ECONNREFUSED', { refused: true })
}

test('beside a member that has said to be of a cluster, and nothing since, none is founded', async () => {
  assert.equal(await search(() => ({ from: 'a', clusterId: 'the cluster' })), 'JOIN_TIMEOUT')
})

test('nor beside one whose connection breaks before it has answered', async () => {
  const breaks = (_: number, receiver: LinkReceiver): { from: string; clusterId: string } => {
    setImmediate(() => receiver.onClose(null as never, 'connection reset'))
    return { from: 'a', clusterId: 'the cluster' }
  }
  assert.equal(await search(breaks), 'JOIN_TIMEOUT')
})

test('nor beside one that looks for others as well: it may found a cluster before it says so', async () => {
  assert.equal(await search(() => ({ from: 'd', clusterId: '' })), 'JOIN_TIMEOUT')
})

test('where the member is gone before it has answered, one is founded', async () => {
  assert.equal(await search(atMs => (atMs < 5_000 ? { from: 'a', clusterId: 'the cluster' } : nobody())), 'found')
})
