import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GroupId, groupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import { applyCommand, applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command, GroupRecord } from '../../../src/control/cluster-state.js'
import { decodeCommands, decodeState, encodeCommands, encodeState } from '../../../src/control/state-codec.js'
import { founding, mapSettings, record } from './plane-world.js'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(memberId) as [MemberId, MemberId, MemberId, MemberId]
const first = groupId(0)

/** Members a..d; both groups of the default class (one backup) on a and b. */
function fourMembers(more: readonly Command[] = []): ClusterState {
  const commands: Command[] = [
    founding('a'),
    ...[b, c, d].map((id): Command => ({ type: 'join', member: record(id) })),
    {
      type: 'assign',
      classIndex: 0,
      placements: [
        [a, b],
        [a, b],
      ],
    },
    ...more,
  ]
  return applyCommands(emptyState(), commands).state
}

const groupOf = (state: ClusterState, id: GroupId = first): GroupRecord => state.groups[id] as GroupRecord
const restsOn = (state: ClusterState, id: GroupId = first) => {
  const { epoch, version } = groupOf(state, id)
  return { group: id, epoch, version }
}

test('an entry raises the index by one, accepted or not, and shares what it does not change', () => {
  const before = fourMembers()
  const { state, accepted } = applyCommand(before, { type: 'join', member: record('a') })
  assert.equal(accepted, false)
  assert.deepEqual(state, { ...before, index: before.index + 1 })
  assert.equal(state.groups, before.groups)
  assert.equal(state.members, before.members)
})

test('a cluster is founded once, and nothing happens before', () => {
  assert.equal(applyCommand(emptyState(), { type: 'join', member: record('b') }).accepted, false)
  const state = fourMembers()
  assert.equal(applyCommand(state, founding('b')).accepted, false)
  assert.deepEqual([state.voters, state.classes.length, state.groups.length], [[a], 1, 2])
})

test('assignment takes members that hold data, once; all are empty and so in sync', () => {
  const founded = applyCommands(emptyState(), [founding('a'), { type: 'join', member: record('b', { lite: true }) }]).state
  const assign: Command = { type: 'assign', classIndex: 0, placements: [[b, a], [d]] }
  const { state, accepted } = applyCommand(founded, assign)
  assert.equal(accepted, true)
  assert.deepEqual([groupOf(state).primary, groupOf(state).inSync, groupOf(state).epoch], [a, [a], 1])
  assert.equal(groupOf(state, groupId(1)).epoch, 0)
  assert.equal(applyCommand(state, assign).accepted, false)
})

test('what rests on an older record is refused', () => {
  const state = fourMembers()
  const rests = restsOn(state)
  for (const stale of [
    { ...rests, epoch: rests.epoch - 1 },
    { ...rests, version: rests.version - 1 },
    { ...rests, group: groupId(99) },
  ]) {
    assert.equal(applyCommand(state, { type: 'shrink', member: b, ...stale }).accepted, false)
  }
  const twice: Command[] = [
    { type: 'setLearner', member: c, ...rests },
    { type: 'setLearner', member: d, ...rests },
  ]
  assert.deepEqual(applyCommands(state, twice).accepted, [true, false])
})

test('a learner becomes in-sync; a suspect, a stranger, or one during a bar does not', () => {
  const state = fourMembers()
  const learning = applyCommand(state, { type: 'setLearner', member: c, ...restsOn(state) }).state
  const expand: Command = { type: 'expand', member: c, ...restsOn(learning) }
  assert.deepEqual(groupOf(applyCommand(learning, expand).state).inSync, [a, b, c])
  assert.equal(applyCommand(learning, { ...expand, member: d }).accepted, false)
  const suspected = applyCommand(learning, { type: 'setStatus', member: c, status: 'suspect' }).state
  assert.equal(applyCommand(suspected, expand).accepted, false)
  const barred = applyCommand(learning, { type: 'bar', member: b, ...restsOn(learning) }).state
  assert.equal(applyCommand(barred, { type: 'expand', member: c, ...restsOn(barred) }).accepted, false)
  const freed = applyCommand(barred, { type: 'shrink', member: b, ...restsOn(barred) }).state
  assert.deepEqual(groupOf(applyCommand(freed, { type: 'expand', member: c, ...restsOn(freed) }).state).inSync, [a, c])
})

test('shrink takes backups and learners, never the primary', () => {
  const state = fourMembers()
  assert.equal(applyCommand(state, { type: 'shrink', member: a, ...restsOn(state) }).accepted, false)
  assert.equal(applyCommand(state, { type: 'shrink', member: c, ...restsOn(state) }).accepted, false)
  const shrunk = applyCommand(state, { type: 'shrink', member: b, ...restsOn(state) }).state
  assert.deepEqual([groupOf(shrunk).inSync, groupOf(shrunk).version], [[a], groupOf(state).version + 1])
})

test('transfer begins an epoch with the new primary in front, and only to one in sync that is not barred', () => {
  const state = fourMembers()
  const moved = applyCommand(state, { type: 'transfer', member: b, ...restsOn(state) })
  assert.deepEqual([groupOf(moved.state).primary, groupOf(moved.state).inSync, groupOf(moved.state).epoch], [b, [b, a], 2])
  assert.equal(applyCommand(state, { type: 'transfer', member: c, ...restsOn(state) }).accepted, false)
  assert.equal(applyCommand(state, { type: 'transfer', member: a, ...restsOn(state) }).accepted, false)
  const barred = applyCommand(state, { type: 'bar', member: b, ...restsOn(state) }).state
  assert.equal(applyCommand(barred, { type: 'transfer', member: b, ...restsOn(barred) }).accepted, false)
})

test('removing a primary promotes an in-sync member, those that are well first', () => {
  const state = fourMembers()
  const grown = applyCommand(state, { type: 'setLearner', member: c, ...restsOn(state) }).state
  const three = applyCommand(grown, { type: 'expand', member: c, ...restsOn(grown) }).state
  const cases: [Command[], MemberId][] = [
    [[], b],
    [[{ type: 'setStatus', member: b, status: 'suspect' }], c],
    [[{ type: 'setStatus', member: b, status: 'leaving' }], c],
    [
      [
        { type: 'setStatus', member: b, status: 'leaving' },
        { type: 'setStatus', member: c, status: 'suspect' },
      ],
      b,
    ],
    [[{ type: 'bar', member: b, ...restsOn(three) }], c],
  ]
  for (const [before, heir] of cases) {
    const { state: after } = applyCommands(three, [...before, { type: 'remove', member: a, why: 'silent' }])
    const group = groupOf(after)
    assert.deepEqual([group.primary, group.inSync.length, group.epoch, group.status], [heir, 2, 2, 'ok'])
    assert.deepEqual([group.barred, group.learner, group.handOver], [[], null, null])
    assert.equal(group.inSync[0], heir)
  }
})

test('the last in-sync member: silent is unavailable until it is back, or lost when it is proved dead', () => {
  const state = fourMembers()
  const alone = applyCommand(state, { type: 'shrink', member: b, ...restsOn(state) }).state
  const silent = applyCommand(alone, { type: 'remove', member: a, why: 'silent' }).state
  assert.deepEqual([groupOf(silent).status, groupOf(silent).primary, groupOf(silent).inSync], ['unavailable', a, [a]])
  const back = applyCommand(silent, { type: 'join', member: record('a') }).state
  assert.deepEqual([groupOf(back).status, groupOf(back).epoch], ['ok', 1])
  const dead = applyCommand(silent, { type: 'remove', member: a, why: 'dead' })
  assert.equal(dead.accepted, true)
  assert.deepEqual([groupOf(dead.state).status, groupOf(dead.state).inSync, groupOf(dead.state).epoch], ['lost', [], 2])
  assert.equal(applyCommand(dead.state, { type: 'remove', member: a, why: 'dead' }).accepted, false)
  const reset = applyCommand(dead.state, { type: 'recover', primary: c, ...restsOn(dead.state) })
  assert.deepEqual([groupOf(reset.state).status, groupOf(reset.state).inSync, groupOf(reset.state).epoch], ['ok', [c], 3])
  assert.equal(applyCommand(state, { type: 'recover', primary: c, ...restsOn(state) }).accepted, false)
  // of one that is only silent too; what rests on its absence is refused once it is back
  const given = applyCommand(silent, { type: 'recover', primary: c, ...restsOn(silent) })
  assert.deepEqual([groupOf(given.state).status, groupOf(given.state).inSync, groupOf(given.state).epoch], ['ok', [c], 2])
  assert.equal(applyCommand(back, { type: 'recover', primary: c, ...restsOn(silent) }).accepted, false)
  const late = applyCommand(given.state, { type: 'join', member: record('a') }).state
  assert.deepEqual(groupOf(late), groupOf(given.state))
  // while it is a member its lease may run
  const suspect = applyCommands(alone, [
    { type: 'setStatus', member: a, status: 'suspect' },
    { type: 'remove', member: b, why: 'silent' },
  ]).state
  assert.equal(applyCommand(suspect, { type: 'recover', primary: c, ...restsOn(suspect) }).accepted, false)
})

test('who is removed for silence is known by its record while a group names it, so that its death can still be proved', () => {
  const state = fourMembers([{ type: 'setStatus', member: b, status: 'suspect' }])
  const gone = (member: MemberId, why: 'silent' | 'dead' | 'left' = 'silent'): Command => ({ type: 'remove', member, why })
  const awaitedIn = (...commands: Command[]): string => {
    const { awaited } = applyCommands(state, commands).state
    return awaited.map(m => `${m.id} ${m.status}`).join()
  }
  assert.equal(awaitedIn(gone(b), gone(a)), 'b suspect,a alive')
  assert.equal(awaitedIn(gone(c)), '', 'no group names it')
  assert.equal(awaitedIn(gone(b, 'dead')), '')
  assert.equal(awaitedIn(gone(b), gone(a), gone(b, 'dead')), 'a alive')
  const { state: away } = applyCommand(state, gone(b))
  assert.deepEqual(away.awaited, [state.members[1]])
  assert.deepEqual(applyCommand(away, { type: 'join', member: record('b') }).state.awaited, [])
  // a second copy is complete: b may miss something from now on
  const grown = [0, 1].flatMap(i => [
    { type: 'setLearner', member: c, ...restsOn(away, groupId(i)) } as const,
    { type: 'expand', member: c, ...restsOn(away, groupId(i)), version: restsOn(away, groupId(i)).version + 1 } as const,
  ])
  assert.deepEqual(applyCommands(away, grown).state.awaited, [])
})

test('whoever is complete and silent is remembered while nobody who is heard is complete', () => {
  const suspects: Command[] = [a, b].map(member => ({ type: 'setStatus', member, status: 'suspect' }))
  const gone = (member: MemberId, why: 'silent' | 'dead' = 'silent'): Command => ({ type: 'remove', member, why })
  const back = (id: string): Command => ({ type: 'join', member: record(id) })
  const alive: Command = { type: 'setStatus', member: a, status: 'alive' }
  const cases: readonly (readonly [string, Command[], Partial<GroupRecord>])[] = [
    ['the owner, a suspect, has its lease', [gone(b)], { status: 'unavailable', primary: a, inSync: [a, b], epoch: 1 }],
    ['the owner is heard again', [gone(b), alive], { status: 'ok', primary: a, inSync: [a], epoch: 1 }],
    ['the backup is back, the owner a suspect', [gone(b), back('b')], { status: 'unavailable', inSync: [a, b], epoch: 1 }],
    ['then the owner is heard', [gone(b), back('b'), alive], { status: 'ok', primary: a, inSync: [a, b], epoch: 1 }],
    ['then the owner is gone', [gone(b), back('b'), gone(a)], { status: 'ok', primary: b, inSync: [b], epoch: 2 }],
    ['both are gone, the backup is back', [gone(b), gone(a), back('b')], { status: 'ok', primary: b, inSync: [b], epoch: 2 }],
    ['both are gone, the owner is back', [gone(b), gone(a), back('a')], { status: 'ok', primary: a, inSync: [a], epoch: 1 }],
    ['the owner is dead', [gone(b), gone(a, 'dead')], { status: 'unavailable', inSync: [b], epoch: 1 }],
    ['and the backup is back', [gone(b), gone(a, 'dead'), back('b')], { status: 'ok', primary: b, inSync: [b], epoch: 2 }],
    ['both are dead', [gone(b), gone(a, 'dead'), gone(b, 'dead')], { status: 'lost', inSync: [], epoch: 2 }],
    ['only the backup is silent', [alive, gone(b)], { status: 'ok', primary: a, inSync: [a], remembered: [b], epoch: 1 }],
    ['and is back', [alive, gone(b), back('b')], { status: 'ok', primary: a, inSync: [a, b], remembered: [], epoch: 1 }],
    ['or the owner is dead', [alive, gone(b), gone(a, 'dead')], { status: 'unavailable', inSync: [b], epoch: 1 }],
    ['or both are', [alive, gone(b), gone(b, 'dead'), gone(a, 'dead')], { status: 'lost', inSync: [], epoch: 2 }],
    ['a suspect is no heir', [gone(a, 'dead')], { status: 'unavailable', inSync: [b], epoch: 1 }],
    ['before it is heard', [gone(a, 'dead'), { ...alive, member: b }], { status: 'ok', primary: b, inSync: [b], epoch: 2 }],
  ]
  for (const [what, commands, expected] of cases) {
    const group = groupOf(applyCommands(fourMembers(), [...suspects, ...commands]).state)
    const { status, primary, inSync, remembered, epoch } = group
    assert.deepEqual({ primary, remembered, ...expected }, { primary, status, inSync, remembered, epoch }, what)
    assert.deepEqual([group.barred, group.learner, group.handOver], [[], null, null])
  }
})

test('nobody is remembered once writes can be acknowledged without it', () => {
  const state = fourMembers()
  const away = applyCommand(state, { type: 'remove', member: b, why: 'silent' }).state
  assert.deepEqual(groupOf(away).remembered, [b])
  const learning = applyCommand(away, { type: 'setLearner', member: c, ...restsOn(away) }).state
  assert.deepEqual(groupOf(learning).remembered, [b])
  const grown = applyCommand(learning, { type: 'expand', member: c, ...restsOn(learning) }).state
  assert.deepEqual([groupOf(grown).inSync, groupOf(grown).remembered], [[a, c], []])
  // with nobody left to hold a copy the owner goes on alone
  const alone = applyCommands(
    away,
    [c, d].flatMap((member): Command[] => [
      { type: 'setStatus', member, status: 'leaving' },
      { type: 'remove', member, why: 'left' },
    ]),
  ).state
  assert.deepEqual([groupOf(alone).inSync, groupOf(alone).remembered], [[a], []])
})

test('who is back since it said that it has left stays, with what it was given', () => {
  const state = fourMembers()
  const left: Command = { type: 'remove', member: b, why: 'left' }
  const refused = applyCommand(state, left)
  assert.deepEqual([refused.accepted, refused.state.members, groupOf(refused.state)], [false, state.members, groupOf(state)])
  const leaving = applyCommand(state, { type: 'setStatus', member: b, status: 'leaving' }).state
  assert.equal(applyCommand(leaving, left).accepted, true)
})

test('a map is declared by the first that does; the class is that of its counts', () => {
  const declare = (name: string, more = {}): Command => ({ type: 'declareMap', name, settings: { ...mapSettings, ...more } })
  const commands = [declare('m'), declare('m'), declare('m', { backupCount: 2 }), declare('n', { backupCount: 2 })]
  const { state, accepted } = applyCommands(fourMembers(), commands)
  assert.deepEqual(accepted, [true, true, false, true])
  assert.deepEqual([state.maps.get('m')?.classIndex, state.maps.get('n')?.classIndex, state.maps.get('n')?.id], [0, 1, 1])
  assert.equal(state.groups.length, 4)
  const again = applyCommands(state, [{ type: 'destroyMap', name: 'm' }, { type: 'destroyMap', name: 'm' }, declare('m')])
  assert.deepEqual(again.accepted, [true, false, true])
  assert.equal(again.state.maps.get('m')?.id, 2)
})

test('interceptors of a map are in the order in which they were added, each once', () => {
  const set = (interceptor: string, attached: boolean, map = 'm'): Command => ({
    type: 'setInterceptor',
    map,
    interceptor,
    attached,
  })
  const commands = [
    set('x', true),
    set('y', true),
    set('x', true),
    set('z', false),
    set('x', false),
    set('x', true),
    set('x', true, 'n'),
  ]
  const { state, accepted } = applyCommands(fourMembers([{ type: 'declareMap', name: 'm', settings: mapSettings }]), commands)
  assert.deepEqual(accepted, [true, true, false, false, true, true, false])
  assert.deepEqual(state.maps.get('m')?.interceptors, ['y', 'x'])
})

test('random commands keep the rules of groups, and equal entries make equal states', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Prng(seed)
    let state = fourMembers()
    for (let step = 0; step < 60; step++) {
      const commands = Array.from({ length: 1 + random.below(3) }, () => randomCommand(random, state))
      const frozen = JSON.stringify([...state.maps, state.groups, state.members])
      const after = applyCommands(state, commands)
      assert.equal(JSON.stringify([...state.maps, state.groups, state.members]), frozen, 'the old state was touched')
      assert.deepEqual(applyCommands(decodeState(encodeState(state)), decodeCommands(encodeCommands(commands))), after)
      checkGroups(state, after.state, commands)
      state = after.state
    }
  }
})

function checkGroups(before: ClusterState, after: ClusterState, commands: readonly Command[]): void {
  const members = new Set(after.members.map(m => m.id))
  const named = new Set(after.groups.flatMap(g => [...g.inSync, ...g.remembered]))
  assert.deepEqual(after.awaited.map(m => m.id).sort(), [...named].filter(m => !members.has(m)).sort(), 'who is awaited')
  after.groups.forEach((now, i) => {
    const was = before.groups[i]
    if (now.status === 'ok') {
      assert.ok(now.inSync.includes(now.primary), 'a primary outside of inSync')
      assert.ok(
        now.inSync.every(m => members.has(m)),
        'a stranger is in sync',
      )
      assert.equal(new Set(now.inSync).size, now.inSync.length)
      assert.ok(now.asyncs.every(m => !now.inSync.includes(m) && !now.filling.includes(m)))
      assert.ok(now.filling.every(m => m !== now.primary && members.has(m)))
    }
    if (was === undefined || was === now) return
    assert.ok(now.version > was.version, 'the version did not rise')
    assert.ok(now.epoch > was.epoch || (now.epoch === was.epoch && now.primary === was.primary), 'a primary without an epoch')
    if (was.status === 'lost' || was.epoch === 0) return
    const added = now.inSync.filter(m => !was.inSync.includes(m) && !was.remembered.includes(m))
    const allowed = commands.flatMap(x =>
      x.type === 'expand' || x.type === 'recover' ? ['member' in x ? x.member : x.primary] : [],
    )
    const isAsyncClass = before.classes[Math.floor(i / after.settings.partitionCount)]?.backupCount === 0
    const standsIn = (m: MemberId): boolean => isAsyncClass && m === now.primary && was.asyncs.includes(m)
    assert.ok(
      added.every(m => allowed.includes(m) || standsIn(m)),
      'R5: the in-sync set grew by itself',
    )
    assert.ok(
      now.asyncs.every(m => was.asyncs.includes(m) || was.filling.includes(m)),
      'a copy counts that was not filled',
    )
  })
}

function randomCommand(random: Prng, state: ClusterState): Command {
  const id = groupId(random.below(state.groups.length))
  const member = random.pick([a, b, c, d])
  const rests = restsOn(state, id)
  const { learner } = groupOf(state, id)
  const settings = { ...mapSettings, backupCount: random.below(3), asyncBackupCount: random.below(2) }
  const placements = Array.from({ length: 2 }, () => random.shuffled([a, b, c, d]).slice(0, 3))
  return random.pick<Command>([
    { type: 'join', member: record(member) },
    { type: 'setStatus', member, status: random.pick(['alive', 'suspect', 'leaving']) },
    { type: 'remove', member, why: random.pick(['left', 'dead', 'silent']) },
    { type: 'declareMap', name: random.pick(['x', 'y', 'z']), settings },
    { type: 'destroyMap', name: random.pick(['x', 'y', 'z']) },
    { type: 'setInterceptor', map: random.pick(['x', 'y']), interceptor: random.pick(['i', 'j']), attached: random.chance(1, 2) },
    { type: 'assign', classIndex: random.below(3), placements },
    { type: 'shrink', member, ...rests },
    { type: 'expand', member: learner ?? member, ...rests },
    { type: 'expand', member: learner ?? member, ...rests },
    { type: 'transfer', member, ...rests },
    { type: 'setLearner', member: random.chance(1, 5) ? null : member, ...rests },
    { type: 'setLearner', member, ...rests },
    { type: 'setAsyncs', members: random.shuffled([a, b, c, d]).slice(0, random.below(3)), ...rests },
    { type: 'admitAsync', member: random.pick([...groupOf(state, id).filling, member]), ...rests },
    { type: 'handOver', member: random.chance(1, 2) ? null : member, ...rests },
    { type: 'bar', member, ...rests },
    { type: 'recover', primary: member, ...rests },
    { type: 'setTargets', targets: placements, targetsFor: 'x' },
  ])
}

// seed 700135: the member asked five times, with the same record each time, before it heard of the first admission
test('whoever is taken in again has a session of its own, whatever it says of itself', () => {
  const admittedAt: number[] = []
  let state = fourMembers()
  for (let i = 0; i < 3; i++) {
    state = applyCommand(state, { type: 'remove', member: d, why: 'silent' }).state
    state = applyCommand(state, { type: 'join', member: record('d') }).state
    admittedAt.push(state.members.find(m => m.id === d)?.admittedAt ?? -1)
  }
  assert.equal(new Set(admittedAt).size, 3)
  assert.deepEqual(
    admittedAt,
    [...admittedAt].sort((x, y) => x - y),
  )
})

test('schemas are kept by the id that their content gives, and there is an end to them', () => {
  const schema = (typeName: string) => ({ typeName, fields: [{ fieldName: 'id', kind: 9 }] })
  const add = (from: ClusterState, ...schemas: ReturnType<typeof schema>[]) => applyCommand(from, { type: 'addSchemas', schemas })
  const one = add(applyCommands(emptyState(), [founding('a')]).state, schema('a'), schema('b'))
  assert.deepEqual([one.accepted, one.state.schemas.size], [true, 2])
  const again = add(one.state, schema('b'))
  assert.equal(again.state.schemas, one.state.schemas)
  assert.deepEqual(decodeState(encodeState(one.state)), one.state)
  const tooLong = add(one.state, schema('x'.repeat(1_048_576)))
  assert.deepEqual([tooLong.accepted, tooLong.state.schemas], [false, one.state.schemas])
  const tooMany = add(one.state, ...Array.from({ length: 1_999 }, (_, i) => schema(`n${i}`)))
  assert.equal(tooMany.accepted, false)
})
