/**
 * The state machine: what each command makes of the cluster state. Pure and deterministic, so that members that apply the
 * same entries hold equal states. The value handed in is never touched; what a command does not change is shared with the
 * old state, and the array of groups is copied at most once for all commands of an entry.
 */

import { indexesMax } from '../api/config.js'
import { assert, unreachable } from '../base/assert.js'
import type { GroupId, MemberId } from '../base/ids.js'
import {
  afterRemoval,
  afterReturn,
  assigned,
  asyncAdmitted,
  barredFrom,
  expanded,
  forgetting,
  type Holders,
  recovered,
  shrunk,
  transferred,
  unassignedGroup,
  withAsyncs,
  withHandOver,
  withLearner,
} from './apply-group.js'
import { backupsMax, classFor, isSettled, unusedClass } from './backup-counts.js'
import type { BackupClass, ClusterState, Command, Fork, GroupRecord, MapSettings } from './cluster-state.js'
import { backupsRequired } from './copies.js'
import { differences } from './map-settings.js'
import { schemasAfter } from './schemas.js'

export const emptyState = (): ClusterState => ({
  index: 0,
  settings: { clusterId: '', clusterName: '', partitionCount: 0, leaseMs: 0, minSync: -1, consistency: 'strict', fork: null },
  members: [],
  awaited: [],
  voters: [],
  partner: null,
  classes: [],
  maps: new Map(),
  nextMapId: 0,
  schemas: new Map(),
  mapConfigs: new Map(),
  cameOver: [],
  targets: [],
  targetsFor: '',
  groups: [],
})

/** Applies an entry of one command. */
export function applyCommand(state: ClusterState, command: Command): { state: ClusterState; accepted: boolean } {
  const after = applyCommands(state, [command])
  return { state: after.state, accepted: after.accepted[0] as boolean }
}

/** Applies one entry: the index rises by one, however many commands it has. A refused command changes nothing else. */
export function applyCommands(
  state: ClusterState,
  commands: readonly Command[],
): { state: ClusterState; accepted: readonly boolean[] } {
  const draft = new Draft(state)
  const accepted = commands.map(command => draft.apply(command))
  return { state: draft.done(), accepted }
}

/** The cluster state travels whole to whoever joins. */
const mapConfigsMax = 1_000
/** Characters, with the name. */
const mapConfigLengthMax = 16_384

type OfType<T extends Command['type']> = Extract<Command, { type: T }>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The state being made. Only `#groups` is ever changed in place, and only after it has been copied. */
class Draft {
  readonly #next: Mutable<ClusterState>
  readonly #before: ClusterState
  #groups: GroupRecord[] | null = null
  #holders: Map<MemberId, 'alive' | 'suspect' | 'leaving'> | null = null

  constructor(state: ClusterState) {
    this.#before = state
    this.#next = { ...state }
  }

  done(): ClusterState {
    this.#forgetThoseWhoMiss()
    if (this.#groups !== null) this.#next.groups = this.#groups
    this.#awaitNoMore()
    this.#next.index = this.#before.index + 1
    return this.#next
  }

  apply(command: Command): boolean {
    if (command.type !== 'found' && this.#next.members.length === 0 && this.#next.classes.length === 0) return false
    switch (command.type) {
      case 'found':
        return this.#found(command)
      case 'join':
        return this.#join(command)
      case 'setStatus':
        return this.#setStatus(command)
      case 'remove':
        return this.#remove(command)
      case 'setVoters':
        return this.#setVoters(command)
      case 'declareMap':
        return this.#declareMap(command)
      case 'addIndex':
        return this.#addIndex(command)
      case 'destroyMap':
        return this.#destroyMap(command)
      case 'addMapConfig':
        return this.#addMapConfig(command)
      case 'addSchemas':
        return this.#addSchemas(command)
      case 'changeBackups':
        return this.#changeBackups(command)
      case 'settleBackups':
        return this.#settleBackups(command)
      case 'setInterceptor':
        return this.#setInterceptor(command)
      case 'setTargets':
        return this.#setTargets(command)
      case 'assign':
        return this.#assign(command)
      case 'follow':
        return this.#setFork(fork => ({ ...fork, side: [...new Set([...fork.side, command.member])] }))
      case 'cameOver':
        return this.#cameOver(command)
      case 'giveWay':
        return this.#setFork(fork => ({ ...fork, into: command.into }))
      case 'endFork':
        return this.#setFork(() => null)
      case 'recover':
        return this.#recover(command)
      case 'shrink':
        return this.#change(command, g => shrunk(g, command.member))
      case 'expand':
        return this.#change(command, g => expanded(g, command.member, this.#dataHolders()))
      case 'transfer':
        return this.#change(command, g => transferred(g, command.member))
      case 'setLearner':
        return this.#change(command, g => withLearner(g, command.member, this.#dataHolders()))
      case 'setAsyncs':
        return this.#change(command, g => withAsyncs(g, command.members, this.#dataHolders()))
      case 'admitAsync':
        return this.#change(command, g => asyncAdmitted(g, command.member))
      case 'handOver':
        return this.#change(command, g => withHandOver(g, command.member))
      case 'bar':
        return this.#change(command, g => barredFrom(g, command.member))
      default:
        return unreachable(command, 'applyCommand')
    }
  }

  #found({ settings, member, defaultMap }: OfType<'found'>): boolean {
    if (this.#before.index > 0 || this.#next.members.length > 0) return false
    Object.assign(this.#next, { settings, members: [member], voters: [member.id] })
    this.#holders = null
    this.#classFor(defaultMap)
    return true
  }

  #join({ member }: OfType<'join'>): boolean {
    if (this.#next.members.some(m => m.id === member.id)) return false
    this.#next.members = [...this.#next.members, { ...member, admittedAt: this.#before.index + 1 }]
    this.#holders = null
    this.#onReturn(member.id)
    return true
  }

  #setStatus({ member, status }: OfType<'setStatus'>): boolean {
    const held = this.#next.members.find(m => m.id === member)
    if (held === undefined || held.status === status) return false
    this.#next.members = this.#next.members.map(m => (m === held ? { ...m, status } : m))
    this.#holders = null
    if (held.status === 'suspect') this.#onReturn(member)
    return true
  }

  #onReturn(member: MemberId): void {
    const holders = this.#dataHolders()
    this.#eachGroup((group, { backupCount }) => afterReturn(group, { member, holders, backupCount }))
  }

  /**
   * Nobody sees the states between the commands of an entry: what counts is how many copies an owner finds when it looks.
   * It acknowledges only with as many as `backupsRequired` says, so while there are fewer, who is away misses nothing.
   */
  #forgetThoseWhoMiss(): void {
    this.#eachGroup((group, backupClass) => {
      if (group.remembered.length === 0 || group.inSync.length - 1 < backupsRequired(this.#next, backupClass)) return group
      return forgetting(group)
    })
  }

  #awaitNoMore(): void {
    const { awaited, members, groups } = this.#next
    const isNamed = (id: MemberId): boolean => groups.some(g => g.inSync.includes(id) || g.remembered.includes(id))
    const kept = awaited.filter(({ id }) => isNamed(id) && !members.some(m => m.id === id))
    if (kept.length < awaited.length) this.#next.awaited = kept
  }

  /** Also of one that was removed as silent and is now known to be dead: what waits for its return is then lost. */
  #remove({ member, why }: OfType<'remove'>): boolean {
    const held = this.#next.members.find(m => m.id === member)
    const known = held !== undefined
    // said before it was removed for its silence and let in again: it may have been given entries
    if (why === 'left' && known && held.status !== 'leaving') return false
    if (known) {
      this.#next.members = this.#next.members.filter(m => m.id !== member)
      this.#holders = null
      if (why === 'silent') this.#next.awaited = [...this.#next.awaited.filter(m => m.id !== member), held]
    }
    const holders = this.#dataHolders()
    const touched = this.#eachGroup((group, { backupCount }) => afterRemoval(group, { member, why, holders, backupCount }))
    return known || touched
  }

  #setVoters({ voters, partner }: OfType<'setVoters'>): boolean {
    assert(voters.length > 0 && new Set(voters).size === voters.length, 'voters must be some and different')
    assert(partner === null || (voters.length === 1 && partner !== voters[0]), 'a partner stands beside one other voter')
    Object.assign(this.#next, { voters, partner })
    return true
  }

  #declareMap({ name, settings }: OfType<'declareMap'>): boolean {
    const held = this.#next.maps.get(name)
    if (held !== undefined) return differences(held.settings, settings).length === 0
    const fresh = { interceptors: [], indexes: [] }
    const declared = { id: this.#next.nextMapId, settings, classIndex: this.#classFor(settings), ...fresh }
    this.#next.maps = new Map(this.#next.maps).set(name, declared)
    this.#next.nextMapId += 1
    return true
  }

  #addIndex({ name, index }: OfType<'addIndex'>): boolean {
    const map = this.#next.maps.get(name)
    if (map === undefined || map.indexes.length >= indexesMax) return false
    if (map.indexes.some(held => held.name === index.name)) return false
    this.#next.maps = new Map(this.#next.maps).set(name, { ...map, indexes: [...map.indexes, index] })
    return true
  }

  #changeBackups({ name, backupCount, asyncBackupCount }: OfType<'changeBackups'>): boolean {
    const held = this.#next.maps.get(name)
    if (held === undefined || backupCount + asyncBackupCount > backupsMax) return false
    const map = { ...held, settings: { ...held.settings, backupCount, asyncBackupCount } }
    this.#next.maps = new Map(this.#next.maps).set(name, map)
    const sharers = [...this.#next.maps.values()].filter(m => m.classIndex === held.classIndex)
    this.#next.classes = this.#next.classes.map((c, i) => (i === held.classIndex ? classFor(sharers, c) : c))
    return true
  }

  /** Looked at once more here: a copy may have been lost since it was proposed. */
  #settleBackups({ classIndex, backupCount }: OfType<'settleBackups'>): boolean {
    const held = this.#next.classes[classIndex]
    if (held?.backupCount !== backupCount || held.settledCount === backupCount) return false
    const state = { ...this.#next, groups: this.#groups ?? this.#next.groups }
    if (!isSettled(state, classIndex)) return false
    this.#next.classes = this.#next.classes.map(c => (c === held ? { ...c, settledCount: backupCount } : c))
    return true
  }

  #destroyMap({ name }: OfType<'destroyMap'>): boolean {
    if (!this.#next.maps.has(name)) return false
    const maps = new Map(this.#next.maps)
    maps.delete(name)
    this.#next.maps = maps
    return true
  }

  #addMapConfig({ name, config }: OfType<'addMapConfig'>): boolean {
    const { mapConfigs } = this.#next
    const held = mapConfigs.get(name)
    if (held !== undefined) return held === config
    if (mapConfigs.size >= mapConfigsMax || name.length + config.length > mapConfigLengthMax) return false
    this.#next.mapConfigs = new Map(mapConfigs).set(name, config)
    return true
  }

  #addSchemas({ schemas }: OfType<'addSchemas'>): boolean {
    const after = schemasAfter(this.#next.schemas, schemas)
    if (after !== null) this.#next.schemas = after
    return after !== null
  }

  #setInterceptor({ map, interceptor, attached }: OfType<'setInterceptor'>): boolean {
    const held = this.#next.maps.get(map)
    if (held === undefined || held.interceptors.includes(interceptor) === attached) return false
    const others = held.interceptors.filter(name => name !== interceptor)
    const interceptors = attached ? [...others, interceptor] : others
    this.#next.maps = new Map(this.#next.maps).set(map, { ...held, interceptors })
    return true
  }

  #setTargets({ targets, targetsFor }: OfType<'setTargets'>): boolean {
    if (targets.length !== this.#next.settings.partitionCount) return false
    Object.assign(this.#next, { targets, targetsFor })
    return true
  }

  #assign({ classIndex, placements }: OfType<'assign'>): boolean {
    const backupClass = this.#next.classes[classIndex]
    const { partitionCount } = this.#next.settings
    if (backupClass === undefined || placements.length !== partitionCount) return false
    let any = false
    for (let p = 0; p < partitionCount; p++) {
      const id = (classIndex * partitionCount + p) as GroupId
      const next = assigned(this.#group(id), placements[p] ?? [], 1 + backupClass.backupCount, this.#dataHolders())
      any = this.#put(id, next) || any
    }
    return any
  }

  #cameOver({ members }: OfType<'cameOver'>): boolean {
    const { settings, cameOver } = this.#next
    const groups = this.#groups ?? this.#next.groups
    const named = new Set([...this.#next.members.map(m => m.id), ...groups.flatMap(g => [...g.inSync, ...g.remembered])])
    this.#next.cameOver = [...new Set([...cameOver, ...members])].filter(id => settings.fork !== null || named.has(id))
    return true
  }

  /** Not of a side that gives way already. */
  #setFork(to: (fork: Fork) => Fork | null): boolean {
    const { settings } = this.#next
    if (settings.fork === null || settings.fork.into !== null) return false
    this.#next.settings = { ...settings, fork: to(settings.fork) }
    return true
  }

  #recover({ group, epoch, version, primary }: OfType<'recover'>): boolean {
    const held = this.#group(group)
    if (held.epoch !== epoch || held.version !== version) return false
    return this.#put(group, recovered(held, primary, this.#dataHolders()))
  }

  /** Compare-and-set on what the command rests on; a group that is not ok is changed by other commands only. */
  #change(rests: { group: GroupId; epoch: number; version: number }, to: (g: GroupRecord) => GroupRecord | null): boolean {
    const group = this.#group(rests.group)
    if (group.status !== 'ok' || group.epoch !== rests.epoch || group.version !== rests.version) return false
    return this.#put(rests.group, to(group))
  }

  #group(id: GroupId): GroupRecord {
    return (this.#groups ?? this.#next.groups)[id] ?? unassignedGroup
  }

  #put(id: GroupId, group: GroupRecord | null): boolean {
    const held = (this.#groups ?? this.#next.groups)[id]
    if (group === null || held === undefined) return false
    this.#groups ??= [...this.#next.groups]
    this.#groups[id] = group
    return true
  }

  #eachGroup(to: (group: GroupRecord, backupClass: BackupClass) => GroupRecord): boolean {
    const { partitionCount } = this.#next.settings
    const count = this.#next.groups.length
    let any = false
    for (let id = 0; id < count; id++) {
      const group = this.#group(id as GroupId)
      const next = to(group, this.#next.classes[Math.floor(id / partitionCount)] as BackupClass)
      if (next !== group) any = this.#put(id as GroupId, next) || any
    }
    return any
  }

  /** The class of a map with these settings: the one of its kind, else one that no map uses any more, else a new one. */
  #classFor({ backupCount, asyncBackupCount, readBackupData }: MapSettings): number {
    const wanted: BackupClass = { backupCount, asyncBackupCount, readBackupData, settledCount: backupCount }
    const found = this.#next.classes.findIndex(
      c =>
        c.backupCount === wanted.backupCount &&
        c.asyncBackupCount === wanted.asyncBackupCount &&
        c.readBackupData === wanted.readBackupData,
    )
    if (found >= 0) return found
    const unused = unusedClass({ ...this.#next, groups: this.#groups ?? this.#next.groups }, readBackupData)
    if (unused !== null) {
      this.#next.classes = this.#next.classes.map((c, i) => (i === unused ? wanted : c))
      return unused
    }
    const fresh = Array.from({ length: this.#next.settings.partitionCount }, () => unassignedGroup)
    this.#next.classes = [...this.#next.classes, wanted]
    this.#next.groups = [...(this.#groups ?? this.#next.groups), ...fresh]
    this.#groups = null
    return this.#next.classes.length - 1
  }

  #dataHolders(): Holders {
    this.#holders ??= new Map(this.#next.members.filter(m => !m.lite).map(m => [m.id, m.status]))
    return this.#holders
  }
}
