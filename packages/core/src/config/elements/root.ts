/** The root of the table of elements. Names and defaults are Hazelcast's. */

import { nonEmpty } from './forms.js'
import { bool, dict, each, formerly, opaque, optional, section, text, without, withText, word } from './kinds.js'
import { mapSection } from './map.js'
import { network } from './network.js'
import { elsewhere, inMemory, java, later } from './reasons.js'
import { security } from './security.js'
import { splitBrainProtection } from './split-brain.js'

const foreign = (reason: string) => optional(without(reason, opaque('')))

/** Known to the original, and without effect here. */
const others = {
  ...each(['queue', 'topic', 'reliable-topic', 'ringbuffer', 'list', 'set', 'multimap', 'replicatedmap'], foreign(elsewhere)),
  ...each(['cache', 'vector-collection', 'pn-counter', 'crdt-replication', 'flake-id-generator'], foreign(elsewhere)),
  ...each(['executor-service', 'durable-executor-service', 'scheduled-executor-service'], foreign(elsewhere)),
  ...each(['cardinality-estimator', 'cp-subsystem', 'jet', 'sql', 'data-connection'], foreign(elsewhere)),
  ...each(['external-data-store', 'wan-replication', 'management-center'], foreign(elsewhere)),
  ...each(['listeners', 'serialization', 'user-code-deployment', 'user-code-namespaces'], foreign(java)),
  ...each(['persistence', 'hot-restart-persistence', 'local-device'], foreign(inMemory)),
  ...each(['dynamic-configuration', 'member-attributes', 'instance-tracking', 'auditlog'], foreign(later)),
  ...each(['integrity-checker', 'diagnostics', 'tpc'], foreign(later)),
  'license-key': foreign('none is needed'),
  'native-memory': foreign('entries are outside of the garbage-collected heap anyway'),
  metrics: foreign('they are at /metrics on the port of the member'),
  rest: foreign('HTTP is always on; see the `cobnut.http.*` properties'),
  'config-replacers': foreign('variables are those of the environment'),
}

const noGroups = 'groups are members or hosts'

export const rootElements = {
  'cluster-name': text('members and clients of another name are refused', 'dev', nonEmpty),
  'instance-name': optional(text('for logs', '', nonEmpty)),
  'lite-member': withText('enabled', section('a member without entries', { enabled: bool('holds no entries', false) })),
  network,
  'partition-group': section('what may not hold two copies of an entry', {
    enabled: bool('switches it on', false),
    'group-type': word('a member, or all members of a host', ['PER_MEMBER', 'HOST_AWARE'], 'PER_MEMBER', {
      CUSTOM: noGroups,
      ZONE_AWARE: noGroups,
      NODE_AWARE: noGroups,
      PLACEMENT_AWARE: noGroups,
      SPI: noGroups,
    }),
    'member-group': optional(without(noGroups, opaque('members of a group of its own'))),
  }),
  map: dict('maps by name, by pattern with one `*`, or `default`', null, mapSection),
  properties: dict('see the table of properties', 'property', text('as the table of properties says')),
  import: optional(opaque('a file whose content stands in the place of this element: `<import resource="more.xml"/>`')),
  'split-brain-protection': splitBrainProtection,
  security,
  'advanced-network': without('there is one port for all', opaque('a port for each kind of caller', 'there is one port for all')),
  ...others,
}

export const rootSection = formerly(
  { group: 'cluster-name', quorum: 'split-brain-protection' },
  section('the configuration', rootElements),
)
