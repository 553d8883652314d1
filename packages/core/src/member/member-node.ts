/**
 * One member put together, and its life:
 *
 *   starting --> running --> leaving --> stopped
 *       `-----------`-----------`-> stopped        (refused, crashed, terminated)
 *
 * Everything below is told here who the others are; nothing below knows this file.
 */

import type { Admin } from '../api/admin.js'
import type { EntryComparator, EntryComparatorRegistration, EntryComparatorTable } from '../api/comparators.js'
import type { Config } from '../api/config.js'
import type { InterceptorTable, MapInterceptor } from '../api/interceptors.js'
import type { CallSession, IMap } from '../api/map.js'
import type { ClientView, Member, MemberEvents, MemberStatus, MemberView } from '../api/member.js'
import type { EntryProcessor, EntryProcessorRegistration, EntryProcessorTable } from '../api/processors.js'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Seeds } from '../cluster/joining.js'
import { redundancyOf } from '../cluster/redundancy.js'
import type { ClusterState } from '../control/cluster-state.js'
import { hasItsVoters } from '../control/voters.js'
import type { Address, Env, Listener } from '../env/env.js'
import { pause } from '../env/pause.js'
import { unwaited } from '../env/unwaited.js'
import { addressText } from '../link/handshake.js'
import { TypedMap } from '../map/typed-map.js'
import { UserCode } from '../map/user-code.js'
import { SeenPositions } from '../operation/call-session.js'
import { Conflicts } from './conflicts.js'
import { Emitter } from './emitter.js'
import { Entrance } from './entrance.js'
import { followingMap } from './following-map.js'
import { guardedEnv } from './guarded-env.js'
import type { Holding } from './holding.js'
import { leave } from './leaving.js'
import { Merging } from './merging.js'
import type { Parts } from './parts.js'
import { Presence } from './presence.js'

export interface MemberOptions {
  readonly seeds: Seeds
  /** Told to clients. */
  readonly version: string
  /** Address to bind; the port comes from the configuration. */
  readonly host: string
  /** Told to others instead of the address bound. */
  readonly publicAddress?: Address
  readonly entryProcessors?: EntryProcessorTable
  readonly interceptors?: InterceptorTable
  readonly comparators?: EntryComparatorTable
  /** What the process may use. Default 4 GiB. */
  readonly memoryBytes?: number
}

const memoryBytesDefault = 4 * 1024 ** 3
/** How long the leader of a side that gives way stays, for the others to hear of it. */
const lingerMs = 1_000
const enterAgainMs = 1_000
const mergingTickMs = 50

export class MemberNode implements Member {
  readonly config: Config
  readonly #env: Env
  readonly #options: MemberOptions
  readonly #emitter: Emitter
  readonly #conflicts: Conflicts
  readonly #code = new UserCode()
  readonly #startedMs: number
  #presence: Presence
  /** From sides that gave way, oldest first: what has not been sent yet. */
  readonly #held: Holding[] = []
  /** Ids of those sides, that of this member among them. */
  readonly #gone = new Set<MemberId>()
  /** Running: it belongs to a cluster. */
  #state: 'starting' | 'running' | 'stopped' = 'starting'
  #leaving: ReturnType<Member['shutdown']> | null = null
  #listener: Listener | null = null
  readonly #entrance: Entrance
  #address: Address
  #stopping: Promise<void> | null = null
  #broken: Error | null = null

  private constructor(config: Config, env: Env, options: MemberOptions) {
    this.config = config
    this.#env = guardedEnv(env, error => this.#crash(error))
    this.#options = options
    this.#emitter = new Emitter(env.log)
    this.#conflicts = new Conflicts(this.#emitter, env.log)
    for (const [name, given] of Object.entries(options.entryProcessors ?? {})) this.#code.processors.register(name, given)
    for (const [name, given] of Object.entries(options.interceptors ?? {})) this.#code.interceptors.register(name, given)
    for (const [name, given] of Object.entries(options.comparators ?? {})) this.#code.comparators.register(name, given)
    this.#startedMs = env.clock.monotonicMs()
    this.#address = { host: options.host, port: config.network.port }
    this.#presence = this.#newPresence(options.seeds)
    this.#entrance = new Entrance(this.#env.clock, env.log, {
      onMember: (p, rest) => this.#presence.links.accept(p, rest),
      onUntrusted: (p, reason) => this.#presence.links.turnAway(p, { code: 'not-encrypted', reason }),
      onClient: (p, rest) => {
        const { parts } = this.#presence
        if (parts === null) p.destroy()
        else parts.server.accept(p, rest)
      },
    })
  }

  #newPresence(seeds: Seeds): Presence {
    const { version, memoryBytes = memoryBytesDefault } = this.#options
    return new Presence({
      config: this.config,
      env: this.#env,
      seeds,
      version,
      memoryBytes,
      code: this.#code,
      emitter: this.#emitter,
      conflicts: this.#conflicts,
      address: () => this.#address,
      onGiveWay: into => unwaited(this.#env.clock, this.#giveWay(into)),
      onBroken: error => this.#crash(error),
    })
  }

  /** Resolves when the member is in a cluster and serves. Rejects with the reason, and leaves nothing behind. */
  static async start(config: Config, env: Env, options: MemberOptions): Promise<MemberNode> {
    const member = new MemberNode(config, env, options)
    try {
      await member.#start()
      return member
    } catch (error) {
      await member.#stop('the start failed')
      throw member.#broken ?? error
    }
  }

  async #start(): Promise<void> {
    const { network: net } = this.config
    const { network } = this.#env
    this.#listener = await network.listen({
      host: this.#options.host,
      port: net.port,
      portCount: net.portAutoIncrement ? net.portCount : 1,
      onPipe: pipe => this.#entrance.welcome(pipe),
    })
    const { host, port } = this.#options.publicAddress ?? this.#listener.address
    this.#address = { host, port: this.#options.publicAddress !== undefined && port === 0 ? this.#listener.address.port : port }
    await this.#presence.enter({ mayFound: true })
    this.#state = 'running'
  }

  /**
   * The other side of a divided cluster goes on, and this member begins there anew: with a new id, without what it held, of
   * which it then sends what its own side has changed, and what it has brought there and not sent yet. Calls fail with UNAVAILABLE
   * meanwhile; maps and listeners of the application stay as they are.
   */
  async #giveWay(into: Address): Promise<void> {
    const [old, { clock, log }] = [this.#presence, this.#env]
    const { parts, control } = old
    if (parts === null || control === null || this.#stopping !== null || this.#state !== 'running') return
    this.#state = 'starting'
    const { settings, cameOver } = control.state()
    for (const id of [old.id, ...(settings.fork?.side ?? []), ...cameOver]) this.#gone.add(id)
    for (const holding of parts.held()) this.#held.push(holding)
    old.closeParts(new CobnutError('UNAVAILABLE', 'the member goes over to the other side of a divided cluster'))
    if (control.isLeader()) await pause(clock, lingerMs)
    await old.stop(true)
    const { seeds } = this.#options
    const candidates = async (self: Address): Promise<readonly Address[]> => [into, ...(await seeds.candidates(self))]
    while (this.#stopping === null) {
      this.#presence = this.#newPresence({ ...seeds, candidates })
      try {
        await this.#presence.enter({ mayFound: false })
        break
      } catch (error) {
        log.warn('merge.notJoined', { at: addressText(into), error: String(error) })
        await this.#presence.stop(true)
        await pause(clock, enterAgainMs)
      }
    }
    const next = this.#presence.parts
    if (this.#stopping !== null || next === null) return this.#presence.stop(true)
    next.takeListeners(parts)
    this.#state = 'running'
    unwaited(this.#env.clock, this.#merge(next))
  }

  async #merge(parts: Parts): Promise<void> {
    const { clock, log } = this.#env
    // the side that it has come to may give way as well: what is left then goes to the next one
    const isOver = (): boolean => this.#stopping !== null || this.#presence.parts !== parts
    const common = { clock, log, conflicts: this.#conflicts, gone: [...this.#gone], isOver }
    const merging = new Merging({ ...common, ...parts.forMerging() })
    const before = this.#conflicts.total
    const keys = await merging.run(this.#held)
    if (isOver()) return
    const merged = { clusterId: this.#clusterState().settings.clusterId, keys, conflicts: this.#conflicts.total - before }
    log.info('cluster.merged', merged)
    this.#emitter.emit('merged', merged)
  }

  #clusterState(): ClusterState {
    return this.#presence.state()
  }

  // --- for applications

  get id(): MemberId {
    return this.#presence.id
  }

  get address(): Address {
    return this.#address
  }

  get clusterName(): string {
    return this.config.clusterName
  }

  get state(): Member['state'] {
    return this.#state === 'running' && this.#leaving !== null ? 'leaving' : this.#state
  }

  #running(): Parts {
    const { parts } = this.#presence
    if (parts !== null && this.#state !== 'stopped') return parts
    if (this.#state === 'starting') throw new CobnutError('UNAVAILABLE', 'the member is in no cluster now')
    throw new CobnutError('MEMBER_STOPPED', undefined, { outcome: 'not-applied' })
  }

  getMap<K = unknown, V = unknown>(name: string): IMap<K, V> {
    if (typeof name !== 'string' || name === '')
      throw new CobnutError('ARGUMENT', 'the name of a map is a text of at least one character')
    const { catalog, serialization } = this.#running()
    const { consistency } = this.#clusterState().settings
    // only there may the member come to another cluster
    const map = consistency === 'strict' ? catalog.map(name) : followingMap(() => this.#running().catalog.map(name))
    return new TypedMap<K, V>(map, serialization)
  }

  registerEntryProcessor<K, V, A, R>(
    name: string,
    processor: EntryProcessor<K, V, A, R> | EntryProcessorRegistration<K, V, A, R>,
  ): void {
    this.#code.processors.register(name, processor as EntryProcessor | EntryProcessorRegistration)
  }

  registerInterceptor<V>(name: string, interceptor: MapInterceptor<V>): void {
    this.#code.interceptors.register(name, interceptor as MapInterceptor)
  }

  registerEntryComparator<K, V, A>(
    name: string,
    comparator: EntryComparator<K, V, A> | EntryComparatorRegistration<K, V, A>,
  ): void {
    this.#code.comparators.register(name, comparator as EntryComparator | EntryComparatorRegistration)
  }

  newSession(): CallSession {
    return new SeenPositions()
  }

  members(): readonly MemberView[] {
    if (this.#presence.control === null) return []
    return this.#clusterState().members.map(m => ({ id: m.id, address: m.address, lite: m.lite, local: m.id === this.id }))
  }

  clients(): readonly ClientView[] {
    return this.#running().server.clients()
  }

  get admin(): Admin {
    return this.#running().admin
  }

  isSafe(): boolean {
    if (this.#state !== 'running') return false
    // without a lease of its own this member could not take over from another
    if ((this.#presence.control?.leaseUntilMs() ?? 0) <= this.#env.clock.monotonicMs()) return false
    const state = this.#clusterState()
    const r = redundancyOf(state, this.id)
    return hasItsVoters(state) && r.repairable === 0 && r.unavailable === 0 && r.lost === 0 && r.copying === 0
  }

  status(): MemberStatus {
    const parts = this.#running()
    const state = this.#clusterState()
    const views = new Map(this.members().map(m => [m.id, m]))
    const { total, owned, backups, copying, underReplicated, unavailable, lost } = redundancyOf(state, this.id)
    return {
      id: this.id,
      address: addressText(this.#address),
      clusterName: this.config.clusterName,
      clusterId: state.settings.clusterId,
      state: this.state,
      coordinator: parts.control.leader(),
      stateVersion: state.index,
      members: state.members.map(m => ({ ...(views.get(m.id) as MemberView), status: m.status })),
      partitionCount: state.settings.partitionCount,
      groups: { total, owned, backups, copying, underReplicated, unavailable, lost },
      maps: parts.mapStatuses(),
      clients: parts.server.clientCount,
      operations: parts.operationCounts(),
      copies: parts.copies(),
      fork: forkIn(state),
      conflicts: this.#conflicts.total,
      memory: { storeBytes: parts.storeBytes(), rssBytes: 0 },
      uptimeMs: this.#env.clock.monotonicMs() - this.#startedMs,
    }
  }

  on<E extends keyof MemberEvents>(event: E, listener: (value: MemberEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  shutdown(options: { readonly timeoutMs?: number } = {}): Promise<{ readonly handedOver: boolean }> {
    this.#leaving ??= this.#leave(options)
    return this.#leaving
  }

  async #leave({ timeoutMs = this.config.knobs.gracefulShutdownMaxWaitMs }: { readonly timeoutMs?: number }): Promise<{
    readonly handedOver: boolean
  }> {
    const { clock } = this.#env
    const deadlineMs = clock.monotonicMs() + timeoutMs
    const inTime = (): boolean => this.#stopping === null && clock.monotonicMs() < deadlineMs
    let [left, isDone]: [Parts | null, boolean] = [null, false]
    do {
      // what it brings from another side is nowhere else
      while (inTime() && (this.#state === 'starting' || this.#held.length > 0)) await pause(clock, mergingTickMs)
      left = this.#presence.parts
      isDone = left !== null && this.#stopping === null && (await this.#handOver(left, inTime))
      // its side gave way meanwhile: it leaves the next one
    } while (inTime() && this.#presence.parts !== left)
    const handedOver = isDone && this.#stopping === null && this.#held.length === 0
    await this.#stop(handedOver ? 'left the cluster' : 'left the cluster without handing everything over')
    return { handedOver }
  }

  #handOver(parts: Parts, inTime: () => boolean): Promise<boolean> {
    const { clock, log } = this.#env
    const { control, server } = parts
    return leave({
      id: this.id,
      clock,
      log,
      control,
      inTime: () => inTime() && this.#presence.parts === parts,
      holdsNoEntries: () => parts.mapStatuses().every(m => m.ownedEntries === 0 && m.backupEntries === 0),
      lastSilenceMs: () => parts.lastSilenceMs(),
      turnClientsAway: () => server.turnAway(),
    })
  }

  async terminate(): Promise<void> {
    await this.#stop('terminated', { atOnce: true })
  }

  #crash(cause: unknown): void {
    if (this.#stopping !== null) return
    const error = cause instanceof Error ? cause : new Error(String(cause))
    this.#broken = error
    this.#env.log.error('member.crashed', { error: error.message, stack: error.stack })
    this.#emitter.emit('crashed', { error })
    void this.#stop(`crashed: ${error.message}`, { atOnce: true })
  }

  #stop(reason: string, { atOnce }: { readonly atOnce: boolean } = { atOnce: false }): Promise<void> {
    this.#stopping ??= this.#stopNow(reason, atOnce)
    return this.#stopping
  }

  async #stopNow(reason: string, atOnce: boolean): Promise<void> {
    await this.#presence.stop(atOnce)
    const closed = this.#listener?.close()
    this.#entrance.close()
    await closed
    this.#state = 'stopped'
    this.#emitter.emit('stopped', { reason })
  }
}

function forkIn({ settings: { fork } }: ClusterState): MemberStatus['fork'] {
  return fork === null ? null : { origin: fork.origin, groupsEmptied: fork.emptied.length }
}
