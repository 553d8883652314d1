/**
 * The cluster state and its commands as JSON, checked when they come in. What the shapes let through is well formed; that
 * a command makes sense is for `applyCommands` to decide.
 */

import { evictionPolicies, inMemoryFormats, maxSizePolicies } from '../api/config.js'
import type { IndexDefinition } from '../api/query.js'
import type { GroupId, MemberId } from '../base/ids.js'
import type { CompactSchema } from '../serialization/compact-layout.js'
import type { ClusterSettings, ClusterState, Command, GroupRecord, MapSettings, MemberRecord } from './cluster-state.js'
import {
  bool,
  decodeJson,
  encodeJson,
  id,
  integer,
  list,
  mapOf,
  number,
  oneOf,
  orNull,
  record,
  type Shape,
  text,
  word,
} from './shape.js'

const count = integer(0)
export const member: Shape<MemberId> = id<MemberId>()
const members = list(member)
const status = word('alive', 'suspect', 'leaving')

const address = record({ host: text, port: integer(0, 65_535) })
const group = integer<GroupId>(0)

const memberRecord: Shape<MemberRecord> = record({
  id: member,
  address,
  lite: bool,
  partitionGroup: text,
  deathToken: text,
  status,
  admittedAt: count,
})

const mapSettings: Shape<MapSettings> = record({
  backupCount: integer(0, 6),
  asyncBackupCount: integer(0, 6),
  inMemoryFormat: word(...inMemoryFormats),
  readBackupData: bool,
  timeToLiveMs: number,
  maxIdleMs: number,
  perEntryStats: bool,
  evictionPolicy: word(...evictionPolicies),
  maxSizePolicy: word(...maxSizePolicies),
  maxSize: count,
})

const index: Shape<IndexDefinition> = record({
  name: text,
  type: word('SORTED', 'HASH', 'BITMAP'),
  attributes: list(text),
  uniqueKey: text,
  uniqueKeyTransformation: word('OBJECT', 'LONG', 'RAW'),
})

const settings: Shape<ClusterSettings> = record({
  clusterId: text,
  clusterName: text,
  partitionCount: integer(0, 1_000_000),
  leaseMs: number,
  minSync: integer(-1, 6),
  consistency: word('strict', 'available'),
  fork: orNull(
    record({
      origin: text,
      side: members,
      others: list(address),
      epochs: list(count),
      emptied: list(group),
      into: orNull(address),
    }),
  ),
})

const schema: Shape<CompactSchema> = record({
  typeName: text,
  fields: list(record({ fieldName: text, kind: integer(-(2 ** 31), 2 ** 31 - 1) })),
})

const groupRecord: Shape<GroupRecord> = record({
  epoch: count,
  version: count,
  primary: member,
  inSync: members,
  learner: orNull(member),
  asyncs: members,
  filling: members,
  barred: members,
  remembered: members,
  begunIn: count,
  handOver: orNull(member),
  status: word('ok', 'unavailable', 'lost'),
})

const backupCounts = { backupCount: integer(0, 6), asyncBackupCount: integer(0, 6) }
const rests = { group, epoch: count, version: count }

export const command: Shape<Command> = oneOf<Command>({
  found: record({ settings, member: memberRecord, defaultMap: mapSettings }),
  join: record({ member: memberRecord }),
  setStatus: record({ member, status }),
  remove: record({ member, why: word('left', 'dead', 'silent') }),
  setVoters: record({ voters: members, partner: orNull(member) }),
  declareMap: record({ name: text, settings: mapSettings }),
  addIndex: record({ name: text, index }),
  destroyMap: record({ name: text }),
  addMapConfig: record({ name: text, config: text }),
  addSchemas: record({ schemas: list(schema) }),
  changeBackups: record({ name: text, ...backupCounts }),
  settleBackups: record({ classIndex: count, backupCount: integer(0, 6) }),
  setInterceptor: record({ map: text, interceptor: text, attached: bool }),
  shrink: record({ member, ...rests }),
  expand: record({ member, ...rests }),
  transfer: record({ member, ...rests }),
  setLearner: record({ member: orNull(member), ...rests }),
  setAsyncs: record({ members, ...rests }),
  admitAsync: record({ member, ...rests }),
  handOver: record({ member: orNull(member), ...rests }),
  bar: record({ member, ...rests }),
  setTargets: record({ targets: list(members), targetsFor: text }),
  assign: record({ classIndex: count, placements: list(members) }),
  follow: record({ member }),
  cameOver: record({ members }),
  giveWay: record({ into: address }),
  endFork: record({}),
  recover: record({ primary: member, ...rests }),
})

export const clusterState: Shape<ClusterState> = record({
  index: count,
  settings,
  members: list(memberRecord),
  awaited: list(memberRecord),
  voters: members,
  partner: orNull(member),
  classes: list(record({ ...backupCounts, readBackupData: bool, settledCount: integer(0, 6) })),
  maps: mapOf(record({ id: count, settings: mapSettings, classIndex: count, interceptors: list(text), indexes: list(index) })),
  nextMapId: count,
  schemas: mapOf(schema),
  mapConfigs: mapOf(text),
  cameOver: members,
  targets: list(members),
  targetsFor: text,
  groups: list(groupRecord),
})

const commands = list(command)

/** The state as a value that JSON can hold. */
export const plainState = (state: ClusterState): unknown => ({
  ...state,
  maps: [...state.maps],
  schemas: [...state.schemas],
  mapConfigs: [...state.mapConfigs],
})

export const encodeCommands = (value: readonly Command[]): Uint8Array => encodeJson(value)
export const decodeCommands = (bytes: Uint8Array): readonly Command[] => decodeJson(bytes, commands, 'commands')
export const encodeState = (state: ClusterState): Uint8Array => encodeJson(plainState(state))
export const decodeState = (bytes: Uint8Array): ClusterState => decodeJson(bytes, clusterState, 'state')
