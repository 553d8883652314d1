import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import type { MemberRecord } from '../../../src/control/cluster-state.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { LockHolders } from '../../../src/map/lock-holders.js'
import type { MemberMessage } from '../../../src/protocol/member-table.js'

class World {
  nowMs = 0
  readonly holders = new Map<MemberId, LockHolders>()
  readonly down = new Set<MemberId>()
  members: MemberRecord[]

  constructor(...names: string[]) {
    this.members = names.map(name => ({ id: memberId(name), admittedAt: 0 }) as MemberRecord)
    for (const { id } of this.members) this.#add(id)
  }

  #add(self: MemberId): void {
    const send = (to: MemberId, name: string, message: unknown): boolean => {
      const there = this.holders.get(to)
      if (this.down.has(to) || this.down.has(self) || there === undefined) return false
      if (name === 'clients') there.onClients(self, message as MemberMessage<'clients'>)
      else there.onLinkUp(self)
      return true
    }
    const links = { send, isUp: (id: MemberId) => !this.down.has(id) } as unknown as Links
    const clock = { monotonicMs: () => this.nowMs } as unknown as Clock
    this.holders.set(self, new LockHolders({ self, clock, links, members: () => this.members, clientCleanupTimeoutMs: 5_000 }))
  }

  at(name: string): LockHolders {
    return this.holders.get(memberId(name)) as LockHolders
  }

  /** Asked now, and again when the grace is over. */
  isGone(at: string, endpoint: string): boolean {
    this.at(at).isGone(endpoint)
    this.nowMs += 5_000
    return this.at(at).isGone(endpoint)
  }
}

test('a client is there while any member has a connection of it, and a while longer', () => {
  const w = new World('a', 'b', 'c')
  for (const from of ['b', 'c']) w.at(from).onLinkUp(memberId('a'))
  w.at('b').onClientCame('client')
  w.at('b').onClientCame('client')
  w.at('c').onClientCame('client')
  assert.equal(w.isGone('a', 'client'), false)
  w.at('c').onClientLeft('client')
  w.at('b').onClientLeft('client')
  assert.equal(w.isGone('a', 'client'), false, 'one connection is left')
  w.at('b').onClientLeft('client')
  assert.equal(w.at('a').isGone('client'), false)
  w.nowMs += 4_999
  assert.equal(w.at('a').isGone('client'), false)
  w.nowMs += 1
  assert.equal(w.at('a').isGone('client'), true)
})

test('a client that comes back in time has never been away', () => {
  const w = new World('a', 'b')
  assert.equal(w.at('a').isGone('client'), false)
  w.nowMs += 4_000
  w.at('b').onClientCame('client')
  assert.equal(w.at('a').isGone('client'), false)
  w.at('b').onClientLeft('client')
  w.nowMs += 4_000
  assert.equal(w.at('a').isGone('client'), false)
})

test('whoever does not hear every member cannot say that a client is gone', () => {
  const w = new World('a', 'b', 'c')
  w.down.add(memberId('c'))
  assert.equal(w.isGone('a', 'client'), false)
  assert.equal(w.isGone('a', 'client'), false)
  w.members = w.members.filter(m => m.id !== 'c')
  for (const holders of w.holders.values()) holders.onMembersChange()
  assert.equal(w.isGone('a', 'client'), true)
})

test('a member that has not told its clients is asked', () => {
  const w = new World('a', 'b')
  w.at('b').onClientCame('other')
  w.at('b').onClientCame('client')
  assert.equal(w.isGone('a', 'client'), false)
  assert.equal(w.isGone('a', 'third'), true)
})

test('a member is gone when it is off the list, also where it has come back since', () => {
  const w = new World('a', 'b')
  const before = w.at('b').endpointHere
  assert.equal(w.at('a').isGone(before), false)
  w.members = w.members.map(m => ({ ...m, admittedAt: 1 }))
  assert.equal(w.at('a').isGone(before), true)
  assert.equal(w.at('a').isGone(w.at('b').endpointHere), false)
})
