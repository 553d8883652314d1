import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import { Forking } from '../../../src/cluster/forking.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState } from '../../../src/control/cluster-state.js'
import type { ControlPlane } from '../../../src/control/control-plane.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import type { MemberMessage } from '../../../src/protocol/member-table.js'
import { founding, record, silent } from '../control/plane-world.js'

const nothing = (): void => undefined
const [d, e] = ['d', 'e'].map(memberId) as [MemberId, MemberId]

/** a founded, and d and e are left; timers are over when it is said so. */
describe('ordered to take the lead', () => {
  interface Side {
    state: ClusterState
    term: number
    leader: MemberId | null
    readonly forking: Forking
    /** What its consensus was begun anew with. */
    begun: ClusterState | null
  }
  const sides = new Map<MemberId, Side>()
  let timers: (() => void)[]
  let post: (() => void)[]
  const { state: whole } = applyCommands(emptyState(), [
    founding('a'),
    { type: 'join', member: record('d') },
    { type: 'join', member: record('e') },
  ])

  function sideOf(self: MemberId): Side {
    const clock = { monotonicMs: () => 1_000, after: (_ms: number, run: () => void) => timers.push(run) }
    const send = (to: MemberId, name: string, message: unknown): void => {
      const { forking } = sides.get(to) ?? {}
      if (name === 'forkAsk') post.push(() => forking?.onAsk(self, message as MemberMessage<'forkAsk'>))
      else if (name === 'forkSaid') post.push(() => forking?.onSaid(self, message as MemberMessage<'forkSaid'>))
      else post.push(() => forking?.onBegun(self, message as MemberMessage<'forkBegun'>))
    }
    const control = {
      state: () => side.state,
      ahead: () => ({ state: side.state, term: side.term }),
      leader: () => side.leader,
      leaseUntilMs: () => 0,
      restart: (state: ClusterState) => {
        side.begun = state
      },
    }
    const side: Side = { state: whole, term: 3, leader: null, begun: null } as unknown as Side
    const forking = new Forking({
      self,
      clock: clock as unknown as Clock,
      random: new Prng(self === d ? 1 : 2),
      log: silent,
      links: { send, renew: nothing } as unknown as Links,
      control: control as unknown as ControlPlane,
      forkAfterMs: 60_000,
    })
    Object.assign(side, { forking })
    return side
  }

  beforeEach(() => {
    timers = []
    post = []
    sides.clear()
    for (const self of [d, e]) sides.set(self, sideOf(self))
  })

  const deliver = (): void => {
    for (let next = post.shift(); next !== undefined; next = post.shift()) next()
  }

  /** At each of these, in the same moment. */
  async function takeLead(...at: readonly MemberId[]): Promise<readonly MemberId[]> {
    const orders = at.map(self => (sides.get(self) as Side).forking.takeLead(record(self)))
    let isOver = false
    void Promise.allSettled(orders).then(() => {
      isOver = true
    })
    while (!isOver) {
      deliver()
      for (const run of timers.splice(0)) run()
      await new Promise(setImmediate)
    }
    deliver()
    return orders[0] as Promise<readonly MemberId[]>
  }
  const begunAt = (self: MemberId): ClusterState => sides.get(self)?.begun as ClusterState
  const membersIn = ({ members }: ClusterState): string => members.map(m => m.id).join(' ')

  test('it goes on with those that answer, in a cluster of its own', async () => {
    assert.deepEqual(await takeLead(d), ['a'])
    assert.equal(membersIn(begunAt(d)), 'd e')
    assert.deepEqual(begunAt(e), begunAt(d))
    assert.notEqual(begunAt(d).settings.clusterId, whole.settings.clusterId)
    assert.deepEqual(begunAt(d).voters, [d])
    assert.equal(begunAt(d).index, whole.index + 1)
  })

  test('with what the other one knows, where that is ahead: by its term first, then by its index', async () => {
    const other = sides.get(e) as Side
    other.state = applyCommands(whole, [{ type: 'join', member: record('f') }]).state
    assert.deepEqual(await takeLead(d), ['a', 'f'])
    assert.equal(begunAt(d).index, whole.index + 2)
    other.term = 2
    assert.deepEqual(await takeLead(d), ['a'])
  })

  test('also where the cluster has counted it out: it is a member again', async () => {
    const other = sides.get(e) as Side
    other.state = applyCommands(whole, [{ type: 'remove', member: d, why: 'silent' }]).state
    assert.deepEqual(await takeLead(d), ['a'])
    assert.equal(membersIn(begunAt(d)), 'e d')
    for (const side of sides.values()) side.state = other.state
    assert.deepEqual(await takeLead(d), ['a'])
    assert.equal(membersIn(begunAt(d)), 'e d')
  })

  test('with whoever a link is only broken to: it is asked again', async () => {
    const { forking } = sides.get(e) as Side
    const heard = forking.onAsk.bind(forking)
    let asked = 0
    forking.onAsk = (from, message) => {
      asked++
      if (asked === 3) heard(from, message)
    }
    assert.deepEqual(await takeLead(d), ['a'])
    assert.deepEqual(begunAt(e), begunAt(d))
  })

  test('not with one that is led by the time it is asked again', async () => {
    const { forking } = sides.get(e) as Side
    const heard = forking.onAsk.bind(forking)
    forking.onAsk = (from, message) => {
      heard(from, message)
      Object.assign(sides.get(e) as Side, { leader: memberId('a') })
    }
    await assert.rejects(takeLead(d), error => isCobnutError(error, 'LEADER_PRESENT') && error.details.by === e)
    assert.equal(begunAt(d), null)
  })

  test('not where it is led, or the other one, or both are ordered to: who has the leader is told', async () => {
    for (const led of [d, e]) {
      const side = sides.get(led) as Side
      side.leader = memberId('a')
      await assert.rejects(takeLead(d), error => isCobnutError(error, 'LEADER_PRESENT') && error.details.by === led)
      side.leader = null
    }
    await assert.rejects(takeLead(d, e), error => isCobnutError(error, 'LEADER_PRESENT') && error.details.by === e)
    assert.deepEqual([begunAt(d), begunAt(e)], [null, null])
  })
})
