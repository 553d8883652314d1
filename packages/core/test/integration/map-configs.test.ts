/** Configurations that are added while the cluster runs. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Member } from '../../src/api/member.js'
import { isCobnutError } from '../../src/base/errors.js'
import { usingLocal } from './local-cluster.js'
import { until } from './test-cluster.js'

const isInvalid = (text: RegExp) => (error: unknown) => isCobnutError(error, 'CONFIG_INVALID') && text.test(error.message)

test('what one member is told counts for all, also for one that joins later', () =>
  usingLocal(2, { maps: { own: { backupCount: 0 } } }, async cluster => {
    const [first, second] = cluster.members as [Member, Member]
    await first.admin.addMapConfig('session-*', {
      backupCount: 0,
      timeToLiveSeconds: 60,
      indexes: [{ type: 'HASH', attributes: ['a'] }],
    })
    await second.getMap('session-1').put('k', { a: 1 })
    const view = await first.getMap('session-1').getEntryView('k')
    assert.equal(view?.ttlMs, 60_000)
    const third = await cluster.add()
    await cluster.settled()
    await third.getMap('session-2').put('k', { a: 1 })
    const backups = (name: string) => first.status().maps.find(map => map.name === name)?.backupCount
    assert.deepEqual([backups('session-1'), backups('session-2')], [0, 0])
    await third.getMap('other').put('k', 1)
    assert.equal(backups('other'), 1)
  }))

test('what contradicts is refused, what is the same is not', () =>
  usingLocal(1, { maps: { own: { backupCount: 0 } } }, async cluster => {
    const { admin, getMap } = {
      admin: (cluster.members[0] as Member).admin,
      getMap: (n: string) => cluster.members[0]?.getMap(n),
    }
    const bitmap = { type: 'BITMAP', attributes: ['tags'], uniqueKey: 'id', uniqueKeyTransformation: 'LONG' } as const
    await admin.addMapConfig('a', { maxIdleSeconds: 5, indexes: [bitmap] })
    await admin.addMapConfig('a', { indexes: [bitmap], maxIdleSeconds: 5 })
    await assert.rejects(
      admin.addMapConfig('a', { maxIdleSeconds: 6 }),
      isInvalid(/another configuration was added for the map a/),
    )
    const policy = { className: 'LatestUpdateMergePolicy', batchSize: 100 } as const
    await admin.addMapConfig('merged', { perEntryStatsEnabled: true, mergePolicy: policy })
    await assert.rejects(
      admin.addMapConfig('merged', { perEntryStatsEnabled: true }),
      isInvalid(/another configuration was added for the map merged/),
    )
    await assert.rejects(admin.addMapConfig('b', { mergePolicy: policy }), isInvalid(/compares statistics of entries/))
    await admin.addMapConfig('own', { backupCount: 0 })
    await assert.rejects(admin.addMapConfig('own', {}), isInvalid(/the file of this member says something else/))
    await getMap('used')?.put('k', 1)
    await assert.rejects(admin.addMapConfig('used', { backupCount: 2 }), isInvalid(/the map used is in use/))
    await admin.addMapConfig('used', {})
    await assert.rejects(admin.addMapConfig('b', { backupCount: 4, asyncBackupCount: 3 }), isInvalid(/at most 6 together/))
    await assert.rejects(admin.addMapConfig('b', { evictions: {} } as object), isInvalid(/evictions/))
    for (const name of ['', 'default', 'a*b*']) await assert.rejects(admin.addMapConfig(name), error => isCobnutError(error))
  }))

test('two patterns that fit equally well stop nobody who uses a map that others have declared', () =>
  usingLocal(1, { maps: { 'a*': {} } }, async cluster => {
    const first = cluster.members[0] as Member
    const second = await cluster.add({ 'a*': {}, '*b': {} })
    await cluster.settled()
    await first.getMap('ab').put('k', 1)
    await until('the second member to say so', () =>
      cluster.log.some(line => line.event === 'config.ambiguous' && line.map === 'ab'),
    )
    assert.equal(await second.getMap('ab').get('k'), 1)
    const ambiguous = isInvalid(/the patterns "a\*" and "\*b" fit the map "axb" equally well/)
    await assert.rejects(second.getMap('axb').put('k', 1), ambiguous)
    assert.deepEqual([first.state, second.state, second.status().maps.length], ['running', 'running', 1])
    const third = await cluster.add({ 'a*': {}, '*b': {} })
    assert.equal(third.state, 'running')
  }))

test('a pattern that makes the configuration of a map that is in use ambiguous is refused', () =>
  usingLocal(1, { maps: { 'a*': {} } }, async ({ members: [member] }) => {
    await member!.getMap('ab').put('k', 1)
    await assert.rejects(member!.admin.addMapConfig('*b', {}), isInvalid(/fit the map "ab" equally well/))
    await member!.admin.addMapConfig('*c', {})
  }))
