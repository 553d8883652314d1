import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Pledge } from '../../../src/cluster/pledge.js'

const heard = new Map('abcde'.split('').map(id => [id, 0]))

/** One round in which each of these pairs has a conversation: the first has dialled the second. */
function round(members: Readonly<Record<string, Pledge>>, conversations: readonly string[]): void {
  for (const [from = '', to = ''] of conversations) {
    members[to]?.onWord(from, members[from]?.to ?? '')
    members[from]?.onAnswer(to, `at ${to}`, members[to]?.to ?? '')
  }
  for (const member of Object.values(members)) member.renew()
}

const pledges = (ids: string): Record<string, Pledge> => Object.fromEntries(ids.split('').map(id => [id, new Pledge(id)]))

describe('a pledge', () => {
  test('goes to the lowest id, which then counts all', () => {
    const all = pledges('abc')
    const everyone = ['ab', 'ac', 'ba', 'bc', 'ca', 'cb']
    round(all, everyone)
    round(all, everyone)
    assert.deepEqual(
      Object.values(all).map(p => p.countOf(heard)),
      [3, 0, 0],
    )
  })

  test('is counted by one of two founders that do not see each other', () => {
    // a and b both see c, d and e, which all look for a cluster: three would be enough for either
    const all = pledges('abcde')
    const conversations = ['cb', 'ca', 'db', 'eb', 'ea']
    for (let i = 0; i < 3; i++) round(all, conversations)
    const [a = 0, b = 0] = [all.a, all.b].map(p => p?.countOf(heard))
    assert.deepEqual([a, b], [3, 2])
  })

  test('stays where it is while the other one is silent, however low the next one is', () => {
    const all = pledges('abc')
    round(all, ['cb'])
    round(all, ['cb', 'ca'])
    assert.equal(all.c?.to, 'b')
    assert.equal(all.a?.countOf(heard), 1)
  })

  test('is free when nobody listens there any more', () => {
    const c = new Pledge('c')
    c.onAnswer('b', 'at b', 'b')
    c.renew()
    c.onNobodyAt('at a')
    c.renew()
    assert.equal(c.to, 'b')
    c.onNobodyAt('at b')
    c.renew()
    assert.equal(c.to, 'c')
  })

  test('is free when the other one stands behind a third, who is told in the next round', () => {
    const all = pledges('abc')
    round(all, ['cb'])
    round(all, ['cb', 'ba'])
    assert.equal(all.b?.to, 'a')
    assert.equal(all.b?.countOf(heard), 0)
    round(all, ['cb', 'ca', 'ba'])
    assert.equal(all.c?.to, 'a')
    round(all, ['ca', 'ba'])
    assert.equal(all.a?.countOf(heard), 3)
  })
})
