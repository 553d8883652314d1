/** <merge-policy>: what wins when two sides of a divided cluster become one. Names are Hazelcast's. */

import type { MergePolicyName } from '../../api/config.js'
import { int, intMax, section, withText, word } from './kinds.js'

const names = [
  'PutIfAbsentMergePolicy',
  'PassThroughMergePolicy',
  'DiscardMergePolicy',
  'LatestUpdateMergePolicy',
  'LatestAccessMergePolicy',
  'HigherHitsMergePolicy',
  'ExpirationTimeMergePolicy',
] as const satisfies readonly MergePolicyName[]

const javaPackage = 'com.hazelcast.spi.merge.'
const classNames: readonly `${typeof javaPackage}${MergePolicyName}`[] = names.map(name => `${javaPackage}${name}` as const)

export const mergePolicy = withText(
  'class-name',
  section('what wins when two sides of a divided cluster become one; see `cobnut.consistency`', {
    'class-name': word('simple name of the policy, or of its class', [...names, ...classNames], names[0]),
    'batch-size': int('entries merged at once', 1, intMax, 100),
  }),
)

export const simpleNameOf = (written: string): MergePolicyName =>
  names.find(name => written === name || written === `${javaPackage}${name}`) ?? names[0]

const needStatistics: ReadonlySet<MergePolicyName> = new Set([
  'LatestUpdateMergePolicy',
  'LatestAccessMergePolicy',
  'HigherHitsMergePolicy',
])

/** It compares what is kept of an entry only where statistics of entries are kept. */
export const needsEntryStats = (policy: MergePolicyName): boolean => needStatistics.has(policy)
