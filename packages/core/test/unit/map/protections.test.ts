import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SplitBrainProtection } from '../../../src/api/config.js'
import { isCobnutError } from '../../../src/base/errors.js'
import { Protections } from '../../../src/map/protections.js'
import { freesLocks, isWrite, type OpName, opCode } from '../../../src/operation/request.js'

function refused(protectOn: SplitBrainProtection['protectOn'], membersSeen: number): OpName[] {
  const splitBrainProtection = { name: 'three', minimumClusterSize: 3, protectOn }
  const protections = new Protections({
    any: true,
    configOf: name => (name === 'guarded' ? { splitBrainProtection } : {}),
    membersSeen: () => membersSeen,
  })
  const isRefused = (map: string, op: OpName): boolean => {
    try {
      protections.check(map, opCode[op])
      return false
    } catch (error) {
      assert.ok(isCobnutError(error, 'SPLIT_BRAIN_PROTECTION') && error.outcome === 'not-applied' && !error.retry)
      assert.match(error.message, /"guarded" asks for 3 members \(split-brain-protection "three"\), and the owner sees 2/)
      return true
    }
  }
  const all = Object.keys(opCode) as OpName[]
  assert.ok(all.every(op => !isRefused('free', op)))
  return all.filter(op => isRefused('guarded', op))
}

const ending: readonly OpName[] = ['unlock', 'forceUnlock', 'giveUp', 'letGo', 'merge']
const writes = (Object.keys(opCode) as OpName[]).filter(op => isWrite(opCode[op]) && !ending.includes(op))
const reads = (Object.keys(opCode) as OpName[]).filter(op => !isWrite(opCode[op]))

test('with fewer members, what is protected is refused, and what ends something is not', () => {
  assert.deepEqual(refused('READ_WRITE', 2).sort(), [...reads, ...writes].sort())
  assert.deepEqual(refused('WRITE', 2), writes)
  assert.deepEqual(refused('READ', 2), reads)
})

test('nothing that frees a lock is refused', () => {
  const freeing = (Object.keys(opCode) as OpName[]).filter(op => freesLocks(opCode[op]))
  assert.deepEqual(
    refused('READ_WRITE', 2).filter(op => freeing.includes(op)),
    [],
  )
})

test('with enough members nothing is', () => {
  for (const on of ['READ', 'WRITE', 'READ_WRITE'] as const) assert.deepEqual(refused(on, 3), [])
})
