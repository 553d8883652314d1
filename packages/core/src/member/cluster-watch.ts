/** Follows the cluster state for everybody outside: events of the embedded member, and the views that clients are sent. */

import type { MemberView } from '../api/member.js'
import { groupId, type MemberId, memberId } from '../base/ids.js'
import { canProve } from '../cluster/death-proof.js'
import { redundancyOf } from '../cluster/redundancy.js'
import type { ClusterState, GroupRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log, Timer } from '../env/env.js'
import type { ClusterViews, MapChange } from '../map/data-map.js'
import { groupViewOf } from '../partition/group-view.js'
import type { Emitter } from './emitter.js'

/** Many groups change within milliseconds: their common effect is told once. */
const gatherMs = 50

export class ClusterWatch {
  readonly #self: MemberId
  readonly #control: ControlPlane
  readonly #clock: Clock
  readonly #log: Log
  readonly #emitter: Emitter
  readonly #off: () => void
  readonly #memberListeners = new Set<() => void>()
  readonly #partitionListeners = new Set<() => void>()
  readonly #mapListeners = new Set<(change: MapChange) => void>()
  #owners: readonly (string | null)[]
  /** Index of the state that they were read from. */
  #ownersIndex: number
  #short = 0
  #lastSilenceMs = Number.NEGATIVE_INFINITY
  #soon: Timer | null = null

  constructor(self: MemberId, control: ControlPlane, clock: Clock, log: Log, emitter: Emitter) {
    this.#self = self
    this.#control = control
    this.#clock = clock
    this.#log = log
    this.#emitter = emitter
    this.#owners = ownersIn(control.state())
    this.#ownersIndex = control.state().index
    this.#off = control.onChange((state, before) => this.#follow(state, before))
    this.#later()
  }

  /** When another member with entries was last removed as a suspect: it may be back. Monotonic; -Infinity = never. */
  get lastSilenceMs(): number {
    return this.#lastSilenceMs
  }

  views(clusterName: string): ClusterViews {
    const state = (): ClusterState => this.#control.state()
    const on = <L>(set: Set<L>, listener: L): (() => void) => {
      set.add(listener)
      return () => set.delete(listener)
    }
    return {
      clusterName,
      get clusterId() {
        return state().settings.clusterId
      },
      localId: this.#self,
      partitionCount: state().settings.partitionCount,
      members: () => ({
        version: state().index,
        members: state().members.map(({ id, address, lite }) => ({ id, address, lite })),
      }),
      partitions: () => ({ version: this.#ownersIndex, owners: this.#owners }),
      onMembers: listener => on(this.#memberListeners, listener),
      onPartitions: listener => on(this.#partitionListeners, listener),
      onPartitionLost: listener => this.#emitter.on('partitionLost', listener),
      onMap: listener => on(this.#mapListeners, listener),
    }
  }

  #follow(state: ClusterState, before: ClusterState): void {
    if (state.members !== before.members) this.#tellMembers(state, before)
    const { clusterId, fork } = state.settings
    if (fork !== null && clusterId !== before.settings.clusterId) this.#tellFork(state)
    if (state.maps !== before.maps && this.#mapListeners.size > 0) this.#tellMaps(state, before)
    if (state.groups === before.groups) return
    // who hears of several entries at once may have missed how the owner became complete; what a fork lacks is told as such
    const isNext = state.index === before.index + 1 && state.settings.clusterId === before.settings.clusterId
    state.groups.forEach((group, index) => {
      const was = before.groups[index]
      if (was === undefined || was === group || group.epoch === 0) return
      if (was.status !== group.status || (isNext && isStoodInFor(was, group))) this.#tellStatus(state, index, was)
    })
    this.#later()
  }

  #tellFork({ settings, members }: ClusterState): void {
    const views = members.map(({ id, address, lite }) => ({ id, address, lite, local: id === this.#self }))
    const groupsEmptied = settings.fork?.emptied.length ?? 0
    this.#emitter.emit('forked', { clusterId: settings.clusterId, members: views, groupsEmptied })
  }

  /** A name that was destroyed and made again between the two states stands for another map: both are told. */
  #tellMaps({ maps }: ClusterState, { maps: before }: ClusterState): void {
    const gone = [...before].filter(([name, { id }]) => maps.get(name)?.id !== id)
    const made = [...maps].filter(([name, { id }]) => before.get(name)?.id !== id)
    const changes = [
      ...gone.map(([name]): MapChange => ({ name, type: 'DESTROYED' })),
      ...made.map(([name]): MapChange => ({ name, type: 'CREATED' })),
    ]
    for (const change of changes) for (const listener of [...this.#mapListeners]) listener(change)
  }

  #tellMembers(state: ClusterState, before: ClusterState): void {
    const view = (m: ClusterState['members'][number]): MemberView => {
      return { id: m.id, address: m.address, lite: m.lite, local: m.id === this.#self }
    }
    const members = state.members.map(view)
    const joined = state.members.filter(m => !before.members.some(b => b.id === m.id))
    const left = before.members.filter(b => !state.members.some(m => m.id === b.id))
    if (joined.length + left.length === 0) return
    if (left.some(m => m.status === 'suspect' && !m.lite && m.id !== this.#self)) this.#lastSilenceMs = this.#clock.monotonicMs()
    for (const member of left) {
      this.#log.info('member.left', { member: member.id, members: members.length })
      this.#emitter.emit('membership', { type: 'left', member: view(member), members })
    }
    for (const member of joined) {
      this.#log.info('member.joined', { member: member.id, members: members.length })
      this.#emitter.emit('membership', { type: 'joined', member: view(member), members })
    }
    for (const listener of [...this.#memberListeners]) listener()
    this.#tellPair(state)
    this.#later()
  }

  /** On one host the death of either is proved; else only a third voter can tell a dead one from one that is cut off. */
  #tellPair({ members }: ClusterState): void {
    const [older, younger] = members
    if (members.length !== 2 || older === undefined || younger === undefined || canProve(older, younger)) return
    const hint =
      'if the older member dies, the younger one stops serving; `cobnut witness --join` adds a third voter without data'
    this.#log.info('cluster.pair', { hint, older: older.id })
  }

  #tellStatus(state: ClusterState, index: number, was: GroupRecord): void {
    const { partitionId, maps, backupCount, awaited, status } = groupViewOf(state, groupId(index))
    if (status === 'lost') {
      this.#log.error('partition.lost', { partition: partitionId, maps })
      this.#emitter.emit('partitionLost', { partitionId, backupCount, maps })
    } else if (status === 'unavailable') {
      this.#log.warn('partition.unavailable', { partition: partitionId, maps, awaited })
      this.#emitter.emit('partitionUnavailable', { partitionId, maps, awaited })
    } else if (was.epoch > 0) {
      const owner = state.groups[index]?.primary
      const dataLoss = owner === undefined || !was.inSync.includes(owner)
      this.#log[dataLoss ? 'warn' : 'info']('partition.served', { partition: partitionId, dataLoss })
      this.#emitter.emit('partitionServed', { partitionId, maps, dataLoss })
    }
  }

  #later(): void {
    this.#soon ??= this.#clock.after(gatherMs, () => {
      this.#soon = null
      this.#settle(this.#control.state())
    })
  }

  #settle(state: ClusterState): void {
    const owners = ownersIn(state)
    if (owners.some((owner, p) => owner !== this.#owners[p]) || owners.length !== this.#owners.length) {
      this.#owners = owners
      this.#ownersIndex = state.index
      for (const listener of [...this.#partitionListeners]) listener()
    }
    const { underReplicated, repairable } = redundancyOf(state, this.#self)
    if (underReplicated === this.#short) return
    this.#short = underReplicated
    const reason = repairable > 0 ? 'copying' : 'too-few-members'
    this.#log.info('groups.underReplicated', { groups: underReplicated, reason })
    this.#emitter.emit('underReplicated', { groups: underReplicated, reason })
  }

  stop(): void {
    this.#off()
    this.#soon?.cancel()
  }
}

/** Another owner goes on without a break that was not complete. */
const isStoodInFor = (was: GroupRecord, now: GroupRecord): boolean =>
  was.epoch > 0 && was.status === 'ok' && now.status === 'ok' && !was.inSync.includes(now.primary)

/** Owners of the partitions for the class of the default map, as clients see them. */
function ownersIn(state: ClusterState): (string | null)[] {
  return state.groups.slice(0, state.settings.partitionCount).map(group => {
    return group.status === 'ok' && group.primary !== memberId('') ? group.primary : null
  })
}
