/** What runs while a member belongs to a cluster: made together, told of what happens together, closed together. */

import type { Config, MapConfig } from '../api/config.js'
import type { MapStatus, MemberStatus } from '../api/member.js'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import { Admission } from '../cluster/admission.js'
import { Coordinator } from '../cluster/coordinator.js'
import { FailureDetector } from '../cluster/failure-detector.js'
import { Forking } from '../cluster/forking.js'
import { Healing } from '../cluster/healing.js'
import type { Seeds } from '../cluster/joining.js'
import { Rejoining } from '../cluster/rejoining.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Address, Env } from '../env/env.js'
import type { AnyMessage, Link } from '../link/link.js'
import type { Links } from '../link/links.js'
import { Catalog } from '../map/catalog.js'
import { GroupMaps } from '../map/group-maps.js'
import { Listeners } from '../map/listeners.js'
import { lockWaitMs } from '../map/lock-calls.js'
import { LockHolders } from '../map/lock-holders.js'
import { NearCaches } from '../map/near-caches.js'
import { Protections } from '../map/protections.js'
import { Schemas } from '../map/schemas.js'
import type { UserCode } from '../map/user-code.js'
import { Comparisons } from '../migration/comparisons.js'
import { Snapshots } from '../migration/snapshots.js'
import { Answering } from '../operation/answering.js'
import { Groups } from '../operation/groups.js'
import { Invoker } from '../operation/invoker.js'
import { groupViewOf } from '../partition/group-view.js'
import { SerializationService } from '../serialization/serialization-service.js'
import { ClientServer } from '../server/client-server.js'
import { ClusterWatch } from './cluster-watch.js'
import type { Conflicts } from './conflicts.js'
import type { Emitter } from './emitter.js'
import { type Holding, holdingOf } from './holding.js'
import { MapConfigs } from './map-configs.js'
import { MemberAdmin } from './member-admin.js'
import type { MergingOptions } from './merging.js'

export interface PartsOwner {
  readonly id: MemberId
  readonly config: Config
  /** Told to clients. */
  readonly version: string
  readonly code: UserCode
  /** Of the machine, or of the part of it that this process may use. */
  readonly memoryBytes: number
  readonly address: Address
  /** Where others may be. */
  readonly seeds: Seeds
  readonly conflicts: Conflicts
  /** To another side of a divided cluster, of which a member was found there. */
  readonly goOver: (into: Address) => void
}

export class Parts {
  readonly control: ControlPlane
  readonly serialization = new SerializationService()
  readonly admin: MemberAdmin
  readonly catalog: Catalog
  readonly server: ClientServer
  readonly #groups: Groups
  readonly #invoker: Invoker
  readonly #answering: Answering
  readonly #listeners: Listeners
  readonly #holders: LockHolders
  readonly #nearCaches: NearCaches
  readonly #snapshots: Snapshots
  readonly #comparisons: Comparisons
  readonly #admission: Admission
  readonly #failures: FailureDetector
  readonly #coordinator: Coordinator
  readonly #watch: ClusterWatch
  readonly #rejoining: Rejoining
  readonly #forking: Forking
  /** Null: no side of the cluster goes on without a quorum by itself. */
  readonly #healing: Healing | null
  readonly #configOf: (map: string) => MapConfig
  readonly #off: () => void

  constructor(member: PartsOwner, env: Env, control: ControlPlane, links: Links, emitter: Emitter) {
    const { clock, log, network, random } = env
    const { config, id: self, version } = member
    const { knobs } = config
    this.control = control
    const schemas = new Schemas(control)
    this.#listeners = new Listeners(self, links, { clock, random: random.fork(), log }, () => control.state().members)
    this.#holders = new LockHolders({
      self,
      clock,
      links,
      members: () => control.state().members,
      clientCleanupTimeoutMs: knobs.clientCleanupTimeoutMs,
    })
    const mapConfigs = new MapConfigs(config, control)
    const configOf = (name: string): MapConfig => mapConfigs.of(name)
    this.#configOf = configOf
    const callTimeoutMs = knobs.callTimeoutMs
    const { serialization } = this
    const { code } = member
    this.#nearCaches = new NearCaches({
      self,
      clock,
      links,
      control,
      listeners: this.#listeners,
      serialization,
      groups: () => this.#groups,
    })
    this.catalog = new Catalog({
      self,
      clock,
      log,
      control,
      listeners: this.#listeners,
      holders: this.#holders,
      nearCaches: this.#nearCaches,
      callTimeoutMs,
      backupReadMaxAgeMs: knobs.backupReadMaxAgeMs < 0 ? Number.POSITIVE_INFINITY : knobs.backupReadMaxAgeMs,
      configOf,
      protections: new Protections({
        any: [...config.maps.values()].some(map => map.splitBrainProtection !== undefined),
        configOf,
        membersSeen: () => control.state().members.filter(m => !m.lite && (m.id === self || links.isUp(m.id))).length,
      }),
      code,
      serialization,
      schemas,
      queryResultSizeMax: knobs.queryResultSizeMax,
      storeBytesMax: knobs.storeMegabytes > 0 ? knobs.storeMegabytes * 1024 * 1024 : member.memoryBytes / 2,
    })
    this.#snapshots = new Snapshots(clock, links, () => this.#groups)
    this.#groups = new Groups({
      self,
      clock,
      control,
      links,
      backupAckTimeoutMs: knobs.backupAckTimeoutMs,
      lockWaitMs: lockWaitMs(callTimeoutMs),
      confirmReads: knobs.readMode === 'confirm',
      makeData: group => new GroupMaps(this.catalog, group),
      startSnapshot: (replica, to) => this.#snapshots.start(replica, to),
    })
    this.#comparisons = new Comparisons({
      clock,
      log,
      links,
      groups: this.#groups,
      onDiffers: ({ group, backup }) => {
        const { partitionId, maps } = groupViewOf(control.state(), group)
        emitter.emit('copiesDiffer', { partitionId, maps, owner: self, backup })
      },
    })
    this.#invoker = new Invoker(self, clock, this.#groups, links)
    this.#answering = new Answering(this.#groups, links)
    this.catalog.connect(this.#groups, this.#invoker)
    this.catalog.compareAll()
    this.#admission = new Admission(control, log)
    this.#failures = new FailureDetector({ self, clock, network, log, links, control, suspectAfterMs: knobs.suspectAfterMs })
    const takeLead = (): Promise<readonly MemberId[]> => this.#forking.takeLead(this.#rejoining.own)
    this.admin = new MemberAdmin(control, clock, takeLead, log, mapConfigs, member.conflicts)
    this.#coordinator = new Coordinator(control, clock, this.#failures)
    this.#rejoining = new Rejoining(self, links, clock, log, control)
    const isAvailable = control.state().settings.consistency === 'available'
    const { forkAfterMs } = knobs
    this.#forking = new Forking({ self, clock, random: random.fork(), log, links, control, forkAfterMs })
    const { address, seeds } = member
    this.#healing = isAvailable
      ? new Healing({ address, clock, log, links, control, seeds, forkAfterMs, goOver: member.goOver })
      : null
    this.#watch = new ClusterWatch(self, control, clock, log, emitter)
    this.server = new ClientServer({
      maps: this.catalog,
      addMapConfig: (name, given) => mapConfigs.add(name, given),
      schemas,
      views: this.#watch.views(config.clusterName),
      config,
      clock,
      random: random.fork(),
      log,
      version,
      onClientCame: client => this.#holders.onClientCame(client),
      onClientLeft: client => this.#holders.onClientLeft(client),
    })
    this.#off = control.onChange((state, before) => {
      this.catalog.onStateChange(state, before)
      if (state.members !== before.members) {
        this.#listeners.onMembersChange()
        this.#holders.onMembersChange()
      }
      // a member that is taken in again may be given nothing: its session is another one all the same
      if (state.groups !== before.groups || state.members !== before.members) this.#invoker.onStateChange()
    })
    this.#onBegin(links)
  }

  /** What others have sent since they could reach this member found nobody: they are told to say it again. */
  #onBegin(links: Links): void {
    for (const { id } of this.control.state().members) if (links.isUp(id)) this.onLinkUp(id)
  }

  onLinkUp(member: MemberId): void {
    this.#groups.onLinkUp(member)
    this.#invoker.onLinkUp(member)
    this.#listeners.onLinkUp(member)
    this.#holders.onLinkUp(member)
  }

  onLinkDown(member: MemberId): void {
    this.#failures.onLinkDown(member)
    this.#invoker.onLinkDown(member)
  }

  onMessage(from: MemberId, any: AnyMessage, reply: Link): void {
    switch (any.name) {
      case 'records':
        return this.#groups.onRecords(from, any.message)
      case 'acks':
        return this.#groups.onAcks(from, any.message)
      case 'commits':
        return this.#groups.onCommits(from, any.message)
      case 'refusal':
        return this.#groups.onRefusal(from, any.message)
      case 'stale':
        return this.#groups.onStale(from, any.message)
      case 'offer':
        return this.#groups.onOffer(from, any.message)
      case 'confirm':
        return this.#groups.onConfirm(from, any.message)
      case 'confirmed':
        return this.#groups.onConfirmed(from, any.message)
      case 'freshAsk':
        return this.#groups.onFreshAsk(from, any.message)
      case 'freshSaid':
        return this.#groups.onFreshSaid(any.message)
      case 'digestAsk':
        return this.#comparisons.onAsk(from, any.message)
      case 'digestSaid':
        return this.#comparisons.onSaid(from, any.message)
      case 'distrust':
        return this.#comparisons.onDistrust(from, any.message)
      case 'snapshotPiece':
        return this.#snapshots.onPiece(from, any.message)
      case 'snapshotNext':
        return this.#snapshots.onNext(from, any.message)
      case 'call':
        return this.#answering.onCall(from, any.message)
      case 'answer':
        return this.#invoker.onAnswer(any.message)
      case 'failure':
        return this.#invoker.onFailure(any.message)
      case 'askAgain':
        this.#nearCaches.onLinkAnew(from)
        return this.#invoker.onAskAgain(from)
      case 'clients':
        return this.#holders.onClients(from, any.message)
      case 'clientsWanted':
        return this.#holders.onLinkUp(from)
      case 'cachesAsk':
        return this.#nearCaches.onAsk(from, any.message)
      case 'cachesSaid':
        return this.#nearCaches.onSaid(any.message)
      case 'interest':
        return this.#listeners.onInterest(from, any.message)
      case 'interestKnown':
        return this.#listeners.onInterestKnown(from, any.message)
      case 'event':
        return this.#listeners.onEvent(from, any.message)
      case 'forkAsk':
        return this.#forking.onAsk(from, any.message)
      case 'forkSaid':
        return this.#forking.onSaid(from, any.message)
      case 'forkBegun':
        return this.#forking.onBegun(from, any.message)
      case 'lineage':
        return this.#healing?.onAsked(reply)
      case 'joinRequest':
        return this.#admission.onRequest(from, any.message, reply)
      default:
        // an answer that nobody waits for any more
        return
    }
  }

  lastSilenceMs(): number {
    return this.#watch.lastSilenceMs
  }

  mapStatuses(): MapStatus[] {
    return [...this.control.state().maps].map(([name, { settings }]) => ({
      name,
      backupCount: settings.backupCount,
      asyncBackupCount: settings.asyncBackupCount,
      ...this.catalog.map(name).counts(),
    }))
  }

  copies(): MemberStatus['copies'] {
    const { compared, differing } = this.#comparisons
    return { compared, differing }
  }

  storeBytes(): number {
    let bytes = 0
    for (const { data } of this.#groups.all()) {
      if (data instanceof GroupMaps) for (const [, { store }] of data.shards()) bytes += store.reservedBytes
    }
    return bytes
  }

  operationCounts(): MemberStatus['operations'] {
    return this.catalog.operationCounts()
  }

  /** What this member owns, for after it has been closed. */
  held(): Holding[] {
    const state = this.control.state()
    const owned = [...this.#groups.all()].filter(replica => replica.role === 'primary')
    return owned.flatMap(({ group, data }) => (data instanceof GroupMaps ? [holdingOf(state, group, data)] : []))
  }

  forMerging(): Pick<MergingOptions, 'control' | 'catalog' | 'configOf' | 'serialization'> {
    const { control, catalog, serialization } = this
    return { control, catalog, serialization, configOf: this.#configOf }
  }

  /** Those of the application go on here. */
  takeListeners(before: Parts): void {
    this.#listeners.take(before.#listeners)
  }

  close(error = new CobnutError('MEMBER_STOPPED')): void {
    this.#off()
    this.server.close()
    this.#listeners.close(error)
    this.#watch.stop()
    this.#rejoining.stop()
    this.#forking.stop()
    this.#healing?.stop()
    this.#coordinator.stop()
    this.#failures.stop()
    this.#nearCaches.close()
    this.#invoker.close(error)
    this.#groups.close(error)
    this.#snapshots.close()
    this.#comparisons.close()
  }
}
