/** What a write says about its copies, and what may then be lost. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Durability } from '../../src/api/map.js'
import type { Member } from '../../src/api/member.js'
import { isCobnutError } from '../../src/base/errors.js'
import { usingLocal } from './local-cluster.js'
import { until } from './test-cluster.js'

test('a write tells which members have it, from wherever it was asked', () =>
  usingLocal(3, {}, async ({ members }) => {
    const ids = members.map(m => m.id)
    for (const [i, member] of members.entries()) {
      const map = member.getMap<string, number>('m')
      const reports: Durability[] = []
      const onDurable = (report: Durability): void => {
        reports.push(report)
      }
      await map.put('key', i, { onDurable })
      const [report] = reports as [Durability]
      assert.deepEqual([reports.length, report.copies, report.copiesConfigured], [1, report.members.length, 2])
      // one more than configured while a copy moves
      assert.ok(new Set(report.members).size >= 2)
      assert.ok(report.members.every(id => ids.includes(id)))
      const where = await map.whereIs('key')
      assert.deepEqual([report.partitionId, report.members[0]], [where.partitionId, where.owner])
      await map.set('key', i + 10, { onDurable })
      assert.ok((reports[1]?.seq ?? 0) > report.seq)
      assert.equal(await map.replaceIfSame('key', -1, 0, { onDurable }), false)
      await map.get('key', { onDurable })
      assert.equal(await map.remove('nobody', { onDurable }), null)
      assert.equal(reports.length, 2, 'what changes nothing has nothing to tell')
      await map.putAll(
        Array.from({ length: 100 }, (_, n) => [`k${n}`, n] as const),
        { onDurable },
      )
      assert.equal(new Set(reports.slice(2).map(r => r.partitionId)).size, 13)
    }
  }))

test('alone, a write says that it has one copy of two', () =>
  usingLocal(1, {}, async ({ members }) => {
    const [member] = members as [Member]
    const reports: Durability[] = []
    const map = member.getMap('m')
    await map.put('key', 1, { onDurable: report => reports.push(report) })
    assert.deepEqual([reports[0]?.copies, reports[0]?.copiesConfigured, reports[0]?.members], [1, 2, [member.id]])
    const thrower = (): void => {
      throw new Error('by the application')
    }
    await assert.rejects(map.put('key', 2, { onDurable: thrower }), error => isCobnutError(error, 'USER_CODE'))
    assert.equal(await map.get('key'), 2)
    const late = async (): Promise<void> => thrower()
    await assert.rejects(
      map.put('key', 3, { onDurable: late }),
      error => isCobnutError(error, 'USER_CODE') && error.outcome === 'applied',
    )
    assert.equal(await map.get('key'), 3)
    let isTold = false
    const slow = () => Promise.resolve().then(() => (isTold = true))
    await map.put('key', 4, { onDurable: slow })
    assert.ok(isTold, 'what it returns is waited for')
  }))

test('when the owner named in the report is gone, the others named in it answer', () =>
  usingLocal(3, {}, async cluster => {
    const [first] = cluster.members as [Member]
    let report: Durability | null = null
    const map = first.getMap<string, string>('m')
    await map.put('key', 'value', {
      onDurable: r => {
        report = r
      },
    })
    const [owner] = (report as unknown as Durability).members
    await cluster.members.find(m => m.id === owner)?.terminate()
    const rest = cluster.members.filter(m => m.id !== owner)
    assert.equal(await rest[0]?.getMap('m').get('key'), 'value')
    const heirs = (report as unknown as Durability).members.slice(1)
    await until('a backup to own it', async () => heirs.includes((await rest[0]?.getMap('m').whereIs('key'))?.owner ?? ''))
  }))
