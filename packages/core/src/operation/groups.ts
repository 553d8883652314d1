/**
 * All copies of groups on this member: follows the cluster state, passes messages to the replica they are for, and
 * gathers what one turn of the loop produced (records, acknowledgements, proposals) into few frames.
 */

import type { CobnutError } from '../base/errors.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import { TextCache } from '../codec/text-cache.js'
import { Writer } from '../codec/writer.js'
import { type BackupClass, type ClusterState, type Command, type GroupRecord, sessionsEnded } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { backupsRequired } from '../control/copies.js'
import type { Clock, Timer } from '../env/env.js'
import { unwaited } from '../env/unwaited.js'
import type { Links } from '../link/links.js'
import { classOf, isAssigned } from '../partition/planning.js'
import type { MemberMessage } from '../protocol/member-table.js'
import type { Configuration } from './copy.js'
import { Gathering } from './gathering.js'
import type { GroupData } from './group-data.js'
import type { Position } from './log.js'
import { Replica, type ReplicaHost, roleOf } from './replica.js'
import { Walks } from './walks.js'

/** How often replicas with something outstanding look at their clocks. */
const tickMs = 25
const sweepEveryMs = 250
/** Entries looked at for expiry in one group in one sweep. */
const sweepMax = 200

export interface GroupsOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly control: ControlPlane
  readonly links: Links
  readonly backupAckTimeoutMs: number
  readonly lockWaitMs: number
  /** Reads are confirmed by the backups even under a lease (`read-mode: confirm`). */
  readonly confirmReads: boolean
  readonly makeData: (group: GroupId) => GroupData
  readonly startSnapshot: (replica: Replica, to: MemberId) => void
}

export class Groups implements ReplicaHost {
  readonly self: MemberId
  readonly scratch = new Writer(4096)
  readonly sessionNames = new TextCache()
  readonly backupAckTimeoutMs: number
  readonly lockWaitMs: number
  readonly #options: GroupsOptions
  readonly #replicas = new Map<GroupId, Replica>()
  #state: ClusterState
  /** Copies that a write of a class must have in this state. */
  readonly #required = new Map<BackupClass, number>()
  /** To be driven at the end of this turn; each is marked as such. */
  #awake: Replica[] = []
  /** With something outstanding: looked at on every tick; each is marked as such. */
  #busy: Replica[] = []
  #deferred = false
  readonly walks: Walks
  readonly #gathering: Gathering
  #proposals: Command[] = []
  readonly #timers: Timer[]
  readonly #off: () => void
  #closed = false

  constructor(options: GroupsOptions) {
    this.#options = options
    this.self = options.self
    this.#gathering = new Gathering(options.links)
    this.backupAckTimeoutMs = options.backupAckTimeoutMs
    this.lockWaitMs = options.lockWaitMs
    const { clock, control } = options
    this.walks = new Walks(clock)
    this.#timers = [clock.every(tickMs, () => this.#tick()), clock.every(sweepEveryMs, () => this.#sweep())]
    this.#state = control.state()
    this.#off = control.onChange((state, before) => this.#follow(state, before))
    this.#follow(this.#state, null)
  }

  get state(): ClusterState {
    return this.#state
  }

  get(group: GroupId): Replica | undefined {
    return this.#replicas.get(group)
  }

  all(): IterableIterator<Replica> {
    return this.#replicas.values()
  }

  #follow(state: ClusterState, before: ClusterState | null): void {
    this.#state = state
    this.#required.clear()
    state.groups.forEach((config, index) => {
      if (before !== null && before.groups[index] === config) return
      this.#adopt(groupId(index), config)
    })
    // the number of copies a write needs, or a lease, may be what somebody waits for
    if (before === null || before.members !== state.members || before.classes !== state.classes) {
      for (const replica of this.#busy) this.wake(replica)
      this.#gathering.keepOnly(state.members)
      if (before !== null) this.#forgetSessions(sessionsEnded(before, state))
    }
  }

  #adopt(group: GroupId, config: GroupRecord): void {
    if (!isAssigned(config)) return
    let replica = this.#replicas.get(group)
    const role = roleOf(config, this.self)
    if (role === 'none' && (replica === undefined || replica.epoch <= config.epoch)) {
      if (replica === undefined) return
      replica.adopt(config)
      this.#drop(replica)
      return
    }
    if (replica === undefined) {
      replica = new Replica(group, this, this.#options.makeData(group), config)
      this.#replicas.set(group, replica)
    }
    replica.adopt(config)
  }

  #drop(replica: Replica): void {
    this.#replicas.delete(replica.group)
    this.#busy = this.#busy.filter(one => one !== replica)
    this.#awake = this.#awake.filter(one => one !== replica)
  }

  #forgetSessions(hasEnded: (session: string) => boolean): void {
    for (const replica of this.#replicas.values()) replica.forgetSessions(hasEnded)
  }

  // --- what replicas ask for

  nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  wallMs(): number {
    return this.#options.clock.wallMs()
  }

  readsByLease(): boolean {
    return !this.#options.confirmReads && this.hasLease()
  }

  hasLease(): boolean {
    const { control } = this.#options
    return control.leaseUntilMs() > this.nowMs() && this.#state.index >= control.leaseIndex()
  }

  confirmAlone(done: (confirmed: boolean) => void): void {
    const { clock, control } = this.#options
    const asked = control.readIndex().then(
      () => done(!this.#closed),
      () => done(false),
    )
    unwaited(clock, asked)
  }

  backupsRequired(group: GroupId): number {
    const backupClass = classOf(this.#state, group)
    let required = this.#required.get(backupClass)
    if (required === undefined) {
      required = backupsRequired(this.#state, backupClass)
      this.#required.set(backupClass, required)
    }
    return required
  }

  readsBackups(group: GroupId): boolean {
    return classOf(this.#state, group).readBackupData
  }

  backlogBytes(to: MemberId): number {
    return this.#options.links.backlogBytes(to)
  }

  sentBytes(to: MemberId): number {
    return this.#options.links.sentBytes(to)
  }

  startSnapshot(replica: Replica, to: MemberId): void {
    this.#options.startSnapshot(replica, to)
  }

  sendRecords(
    to: MemberId,
    group: GroupId,
    { epoch, version }: Configuration,
    previous: Position,
    commit: number,
    records: readonly Uint8Array[],
  ): void {
    this.#gathering.markDue(to)
    this.#options.links.send(to, 'records', { group, epoch, version, previous, commit, records })
  }

  sendConfirm(to: MemberId, group: GroupId, epoch: number, round: number): void {
    this.#options.links.send(to, 'confirm', { group, epoch, round })
  }

  sendFreshAsk(to: MemberId, group: GroupId, epoch: number, round: number): void {
    this.#options.links.send(to, 'freshAsk', { group, epoch, round })
  }

  sendRefusal(to: MemberId, group: GroupId, epoch: number, have: number): void {
    this.#options.links.send(to, 'refusal', { group, epoch, have })
  }

  sendStale(to: MemberId, group: GroupId, epoch: number): void {
    this.#options.links.send(to, 'stale', { group, epoch })
  }

  sendOffer(to: MemberId, group: GroupId, { epoch, version }: Configuration, at: Position): void {
    // An offer begins the account of a new copy. What the one before it has acknowledged must not be taken for its word:
    // the owner would count a copy that has nothing.
    this.#gathering.sendTo(to)
    this.#options.links.send(to, 'offer', { group, epoch, version, at })
  }

  sendAck(to: MemberId, group: GroupId, epoch: number, seq: number): void {
    this.#gathering.addAck(to, { group, epoch, seq })
    this.#defer()
  }

  sendCommit(to: MemberId, group: GroupId, epoch: number, commit: number): void {
    this.#gathering.addCommit(to, { group, epoch, commit })
  }

  propose(command: Command): void {
    this.#proposals.push(command)
    this.#defer()
  }

  wake(replica: Replica): void {
    if (replica.isAwake) return
    replica.isAwake = true
    this.#awake.push(replica)
    this.#defer()
  }

  // --- the end of a turn

  #defer(): void {
    if (this.#deferred || this.#closed) return
    this.#deferred = true
    this.#options.clock.defer(() => {
      this.#deferred = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#closed) return
    const awake = this.#awake
    this.#awake = []
    for (const replica of awake) {
      replica.isAwake = false
      replica.drive()
      this.#watch(replica)
    }
    this.#gathering.sendDue()
    if (this.#proposals.length > 0) {
      const commands = this.#proposals
      this.#proposals = []
      // whoever proposed sees the outcome in the state, and proposes again where there is none
      this.#options.control.propose(commands).catch(() => {})
    }
  }

  #watch(replica: Replica): void {
    if (replica.isWatched || !replica.busy) return
    replica.isWatched = true
    this.#busy.push(replica)
  }

  #tick(): void {
    const watched = this.#busy
    this.#busy = []
    for (const replica of watched) {
      replica.isWatched = false
      replica.tick()
      this.#watch(replica)
    }
    this.#gathering.sendAll()
  }

  #sweep(): void {
    for (const replica of this.#replicas.values()) replica.primary?.sweep(sweepMax)
  }

  // --- messages

  onRecords(from: MemberId, m: MemberMessage<'records'>): void {
    const group = groupId(m.group)
    const replica = this.#replicas.get(group)
    if (replica === undefined) {
      const known = this.#state.groups[m.group]
      if (known !== undefined && known.epoch > m.epoch) this.sendStale(from, group, known.epoch)
      return
    }
    // views of the frame end with this call: the log keeps copies
    replica.onRecords(
      from,
      m,
      m.previous,
      m.commit,
      m.records.map(bytes => bytes.slice()),
    )
  }

  onAcks(from: MemberId, m: MemberMessage<'acks'>): void {
    for (const ack of m.acks) this.#primaryIn(ack.group, ack.epoch)?.feed.onAck(from, ack.seq)
  }

  onCommits(from: MemberId, m: MemberMessage<'commits'>): void {
    for (const { group, epoch, commit } of m.commits) this.#replicas.get(groupId(group))?.onCommit(from, epoch, commit)
  }

  onRefusal(from: MemberId, m: MemberMessage<'refusal'>): void {
    this.#primaryIn(m.group, m.epoch)?.feed.onRefusal(from, m.have)
  }

  onStale(_from: MemberId, m: MemberMessage<'stale'>): void {
    this.#replicas.get(groupId(m.group))?.fence(m.epoch)
  }

  onOffer(from: MemberId, m: MemberMessage<'offer'>): void {
    this.#primaryIn(m.group, m.epoch)?.feed.onOffer(from, m.version, m.at)
  }

  onConfirm(from: MemberId, m: MemberMessage<'confirm'>): void {
    if (this.#replicas.get(groupId(m.group))?.onConfirm(from, m.epoch)) this.#options.links.send(from, 'confirmed', m)
  }

  onConfirmed(from: MemberId, m: MemberMessage<'confirmed'>): void {
    this.#primaryIn(m.group, m.epoch)?.onConfirmed(from, m.round)
  }

  onFreshAsk(from: MemberId, { group, epoch, round }: MemberMessage<'freshAsk'>): void {
    this.#primaryIn(group, epoch)?.tellCommit(commit => this.#options.links.send(from, 'freshSaid', { group, round, commit }))
  }

  onFreshSaid(m: MemberMessage<'freshSaid'>): void {
    this.#replicas.get(groupId(m.group))?.onFreshSaid(m.round, m.commit)
  }

  #primaryIn(group: number, epoch: number): Replica['primary'] {
    const primary = this.#replicas.get(groupId(group))?.primary ?? null
    return primary?.epoch === epoch ? primary : null
  }

  /** A connection to this member was made anew: what the old one carried may be lost. */
  onLinkUp(member: MemberId): void {
    for (const replica of this.#replicas.values()) replica.primary?.feed.onLinkUp(member)
  }

  close(error: CobnutError): void {
    this.#closed = true
    this.#off()
    for (const timer of this.#timers) timer.cancel()
    for (const replica of this.#replicas.values()) replica.close(error)
  }
}
