/** The elements of <split-brain-protection>. Names and defaults are Hazelcast's. */

import { bool, dict, each, int, intMax, opaque, optional, section, without, word } from './kinds.js'
import { java } from './reasons.js'

const counted = 'members are counted as the cluster has agreed on them, and as they are connected'

export const splitBrainProtection = dict(
  'by how many members a map wants to be surrounded',
  null,
  section(
    'one protection, which maps refer to by its name',
    {
      enabled: bool('switches it on', false),
      'minimum-cluster-size': int('members with data, this one among them', 2, intMax, 2),
      'protect-on': word('what is refused with fewer', ['READ', 'WRITE', 'READ_WRITE'], 'READ_WRITE'),
      'function-class-name': optional(opaque('names Java code')),
      'member-count-split-brain-protection': optional(opaque('this is how it is counted')),
      ...each(
        ['probabilistic-split-brain-protection', 'recently-active-split-brain-protection'],
        optional(without(counted, opaque('other ways to count'))),
      ),
      listeners: optional(without(java, opaque('told of changes'))),
    },
    ({ enabled, 'function-class-name': function_ }) =>
      enabled && function_ !== undefined
        ? {
            element: 'function-class-name',
            message: 'it names Java code, which does not run here',
            allowed: 'minimum-cluster-size',
          }
        : null,
    ({ enabled }, isGiven) =>
      enabled && !isGiven('minimum-cluster-size')
        ? { message: 'it is enabled, and does not say how many members', allowed: 'minimum-cluster-size, at least 2' }
        : null,
  ),
)
