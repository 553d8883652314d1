import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { copiesPossible } from '../../../src/control/copies.js'
import { type Candidate, placementAfter } from '../../../src/partition/placement.js'

const member = (n: number, group = `m${n}`): Candidate => ({ id: memberId(`m${n}`), partitionGroup: group })
const members = (n: number): Candidate[] => Array.from({ length: n }, (_, i) => member(i))

function loads(table: readonly (readonly MemberId[])[], index: number, candidates: readonly Candidate[]): number[] {
  return candidates.map(c => table.filter(row => row[index] === c.id).length)
}

function checkSound(table: readonly (readonly MemberId[])[], candidates: readonly Candidate[], copies: number): void {
  const groupOf = new Map(candidates.map(c => [c.id, c.partitionGroup]))
  const width = copiesPossible(candidates, copies)
  for (const row of table) {
    assert.equal(row.length, width)
    assert.equal(new Set(row.map(id => groupOf.get(id))).size, width, `two copies in one group: ${row}`)
  }
}

function checkEven(table: readonly (readonly MemberId[])[], candidates: readonly Candidate[], copies: number): void {
  for (let index = 0; index < Math.min(2, copiesPossible(candidates, copies)); index++) {
    const counts = loads(table, index, candidates)
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${candidates.length} members, index ${index}: ${counts}`)
  }
}

test('owners and first backups are spread to within one partition', () => {
  for (const n of [1, 2, 3, 4, 5, 7]) {
    const candidates = members(n)
    const table = placementAfter(candidates, [], 271, 3)
    checkSound(table, candidates, 3)
    checkEven(table, candidates, 3)
  }
})

test('a backup is never placed on the owner, nor on its host when hosts are groups', () => {
  const candidates = [member(0, 'h1'), member(1, 'h1'), member(2, 'h2'), member(3, 'h2')]
  const table = placementAfter(candidates, [], 271, 3)
  checkSound(table, candidates, 3)
  assert.equal(table[0]?.length, 2)
  const owners = loads(table, 0, candidates)
  assert.ok(Math.max(...owners) - Math.min(...owners) <= 1, `${owners}`)
})

test('after a member is gone its backups become owners, and nothing else moves without need', () => {
  const before = placementAfter(members(3), [], 271, 2)
  const rest = members(3).slice(1)
  const after = placementAfter(rest, before, 271, 2)
  checkSound(after, rest, 2)
  for (let p = 0; p < 271; p++) {
    if (before[p]?.[0] === 'm0') assert.equal(after[p]?.[0], before[p]?.[1], `partition ${p}`)
  }
})

test('a placement that is even stays as it is', () => {
  const before = placementAfter(members(4), [], 271, 3)
  assert.deepEqual(placementAfter(members(4), before, 271, 3), before)
})

test('any history of joins and leaves keeps the promises', () => {
  const step = fc.record({ join: fc.boolean(), which: fc.nat(6), hosts: fc.integer({ min: 1, max: 4 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 7 }), fc.boolean(), (steps, copies, byHost) => {
      let present = new Set([0])
      let table: MemberId[][] = []
      for (const { join, which, hosts } of steps) {
        present = new Set(present)
        if (join) present.add(which)
        else if (present.size > 1) present.delete(which)
        if (present.size === 0) present.add(0)
        const candidates = [...present].map(n => (byHost ? member(n, `h${n % hosts}`) : member(n)))
        table = placementAfter(candidates, table, 31, copies)
        checkSound(table, candidates, copies)
        if (!byHost) checkEven(table, candidates, copies)
      }
    }),
    { numRuns: 200 },
  )
})
