/**
 * One member put together, and its life:
 *
 *   starting --> running --> leaving --> stopped
 *       `-----------`-----------`-> stopped        (refused, crashed, terminated)
 *
 * Everything below is told here who the others are; nothing below knows this file.
 */

import type { Admin } from '../api/admin.js'
import type { Config } from '../api/config.js'
import type { InterceptorTable, MapInterceptor } from '../api/interceptors.js'
import type { CallSession, IMap } from '../api/map.js'
import type { ClientView, Member, MemberEvents, MemberStatus, MemberView } from '../api/member.js'
import type { EntryProcessor, EntryProcessorRegistration, EntryProcessorTable } from '../api/processors.js'
import { CobnutError } from '../base/errors.js'
import { type MemberId, memberId } from '../base/ids.js'
import { Joining, type Seeds } from '../cluster/joining.js'
import { redundancyOf } from '../cluster/redundancy.js'
import { mapConfigFor } from '../config/index.js'
import type { ClusterState, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { RaftControlPlane } from '../control/raft-control-plane.js'
import type { Address, Env, Incarnation, Listener } from '../env/env.js'
import { addressText } from '../link/handshake.js'
import type { AnyMessage, Link } from '../link/link.js'
import { Links } from '../link/links.js'
import { settingsOf } from '../map/catalog.js'
import { TypedMap } from '../map/typed-map.js'
import { UserCode } from '../map/user-code.js'
import { SeenPositions } from '../operation/call-session.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { Emitter } from './emitter.js'
import { welcome } from './entrance.js'
import { guardedEnv } from './guarded-env.js'
import { leave } from './leaving.js'
import { Parts } from './parts.js'

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
  /** What the process may use. Default 4 GiB. */
  readonly memoryBytes?: number
}

const memoryBytesDefault = 4 * 1024 ** 3
const joinTimeoutMs = 300_000
/** From being admitted to the first state that names this member. */
const admissionMs = 5_000
/** A follower that hears nothing for one to two of these stands for election. */
const electionMs = 1_000
/** Clock rates are taken to differ by no more than this; real ones differ by less than a thousandth. */
const driftRatio = 0.05

export class MemberNode implements Member {
  readonly id: MemberId
  readonly config: Config
  readonly #env: Env
  readonly #options: MemberOptions
  readonly #emitter: Emitter
  readonly #code = new UserCode()
  readonly #links: Links
  readonly #startedMs: number
  #state: Member['state'] = 'starting'
  #listener: Listener | null = null
  #incarnation: Incarnation | null = null
  #address: Address
  #joining: Joining | null = null
  #parts: Parts | null = null
  #control: ControlPlane | null = null
  #stopping: Promise<void> | null = null
  #broken: Error | null = null

  private constructor(config: Config, env: Env, options: MemberOptions) {
    this.config = config
    this.#env = guardedEnv(env, error => this.#crash(error))
    this.#options = options
    this.id = memberId(env.random.fork().uuid())
    this.#emitter = new Emitter(env.log)
    for (const [name, given] of Object.entries(options.entryProcessors ?? {})) this.#code.processors.register(name, given)
    for (const [name, given] of Object.entries(options.interceptors ?? {})) this.#code.interceptors.register(name, given)
    this.#startedMs = env.clock.monotonicMs()
    this.#address = { host: options.host, port: config.network.port }
    this.#links = new Links(
      this.#env,
      {
        id: this.id,
        clusterName: config.clusterName,
        partitionCount: config.knobs.partitionCount,
        address: () => this.#address,
        clusterId: () => (this.#parts === null ? '' : this.#clusterState().settings.clusterId),
        memberCount: () => this.#control?.state().members.length ?? 0,
      },
      config.security.members,
      {
        onMessage: (from, any, reply) => this.#onMessage(from, any, reply),
        onUp: member => this.#parts?.onLinkUp(member),
        onDown: member => this.#parts?.onLinkDown(member),
      },
    )
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
    const { network: net, knobs, liteMember, partitionGroup } = this.config
    const { network, clock, log, random } = this.#env
    this.#listener = await network.listen({
      host: this.#options.host,
      port: net.port,
      portCount: net.portAutoIncrement ? net.portCount : 1,
      onPipe: pipe =>
        welcome(pipe, clock, log, {
          onMember: (p, rest) => this.#links.accept(p, rest),
          onUntrusted: (p, reason) => this.#links.turnAway(p, { code: 'not-encrypted', reason }),
          onClient: (p, rest) => {
            if (this.#parts === null) p.destroy()
            else this.#parts.server.accept(p, rest)
          },
        }),
    })
    const { host, port } = this.#options.publicAddress ?? this.#listener.address
    this.#address = { host, port: this.#options.publicAddress !== undefined && port === 0 ? this.#listener.address.port : port }
    this.#incarnation = await network.announce(this.id)
    const hostAware = partitionGroup.enabled && partitionGroup.type === 'HOST_AWARE'
    const self: MemberRecord = {
      id: this.id,
      address: this.#address,
      lite: liteMember,
      partitionGroup: hostAware ? this.#address.host : this.id,
      deathToken: this.#incarnation.token,
      status: 'alive',
      admittedAt: 0,
    }
    const common = {
      self: this.id,
      clock,
      random: random.fork(),
      log,
      send: (to: MemberId, payload: Uint8Array): void => {
        this.#links.send(to, 'control', { payload })
      },
      timing: { heartbeatMs: knobs.heartbeatIntervalMs, electionMs, leaseMs: knobs.leaseMs, driftRatio },
    }
    const { promise: member, resolve: isMember } = deferred()
    const begin = (control: ControlPlane): void => {
      this.#control = control
      const look = (state: ClusterState): void => {
        this.#links.follow(state.members)
        if (state.members.some(m => m.id === this.id)) isMember()
      }
      control.onChange(look)
      look(control.state())
    }
    this.#joining = new Joining({
      self,
      links: this.#links,
      clock,
      log,
      seeds: this.#options.seeds,
      windowMs: knobs.joinWindowMs,
      initialMinClusterSize: knobs.initialMinClusterSize,
      mayFound: knobs.foundsCluster === 'true',
      timeoutMs: joinTimeoutMs,
      prepare: () => {
        if (this.#control === null) begin(RaftControlPlane.join(common))
      },
    })
    for (;;) {
      if ((await this.#joining.run()) === 'found') {
        await this.#control?.stop()
        this.#control = null
        const settings = {
          clusterId: random.uuid(),
          clusterName: this.config.clusterName,
          partitionCount: knobs.partitionCount,
          leaseMs: knobs.leaseMs,
          minSync: knobs.minSync,
        }
        const defaultMap = settingsOf(mapConfigFor(this.config, 'default'))
        begin(RaftControlPlane.found(common, { type: 'found', settings, member: self, defaultMap }))
        log.info('cluster.founded', { clusterId: settings.clusterId, member: this.id })
      }
      // admitted, and perhaps removed again before the first word of the leader came: then the search goes on
      const { promise: late, resolve: tooLate } = deferred()
      const timer = clock.after(admissionMs, tooLate)
      await Promise.race([member, late])
      timer.cancel()
      if (this.#control?.isMember()) break
    }
    if (this.#stopping !== null) throw new CobnutError('MEMBER_STOPPED')
    this.#joining = null
    const { version, memoryBytes = memoryBytesDefault } = this.#options
    const owner = { id: this.id, config: this.config, version, code: this.#code, memoryBytes }
    this.#parts = new Parts(owner, this.#env, this.#control as ControlPlane, this.#links, this.#emitter)
    this.#state = 'running'
  }

  #clusterState(): ClusterState {
    if (this.#control === null) throw new CobnutError('MEMBER_STOPPED', 'the member is in no cluster')
    return this.#control.state()
  }

  #onMessage(from: MemberId, any: AnyMessage, reply: Link): void {
    if (any.name === 'control') this.#control?.onMessage(from, any.message.payload)
    else if (any.name === 'seeking') this.#onSeeking(any.message, reply)
    else if (any.name === 'joinRequest' && this.#parts === null) {
      reply.send('joinReply', { verdict: 'wait', reason: 'still starting', leaderHost: null, leaderPort: 0 })
    } else this.#parts?.onMessage(from, any, reply)
  }

  #onSeeking(m: MemberMessage<'seeking'>, reply: Link): void {
    if (this.#joining !== null) this.#joining.onSeeking(m, reply)
    else reply.send('joinReply', { verdict: 'wait', reason: 'founded by now', leaderHost: null, leaderPort: 0 })
  }

  // --- for applications

  get address(): Address {
    return this.#address
  }

  get clusterName(): string {
    return this.config.clusterName
  }

  get state(): Member['state'] {
    return this.#state
  }

  #running(): Parts {
    if (this.#parts === null || this.#state === 'stopped')
      throw new CobnutError('MEMBER_STOPPED', undefined, { outcome: 'not-applied' })
    return this.#parts
  }

  getMap<K = unknown, V = unknown>(name: string): IMap<K, V> {
    if (typeof name !== 'string' || name === '')
      throw new CobnutError('ARGUMENT', 'the name of a map is a text of at least one character')
    const { catalog, serialization } = this.#running()
    return new TypedMap<K, V>(catalog.map(name), serialization)
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

  newSession(): CallSession {
    return new SeenPositions()
  }

  members(): readonly MemberView[] {
    if (this.#control === null) return []
    return this.#clusterState().members.map(m => ({ id: m.id, address: m.address, lite: m.lite, local: m.id === this.id }))
  }

  clients(): readonly ClientView[] {
    return this.#running().server.clients()
  }

  get admin(): Admin {
    return this.#running().admin
  }

  isSafe(): boolean {
    if (this.#state !== 'running' && this.#state !== 'leaving') return false
    // without a lease of its own this member could not take over from another
    if ((this.#control?.leaseUntilMs() ?? 0) <= this.#env.clock.monotonicMs()) return false
    const r = redundancyOf(this.#clusterState(), this.id)
    return r.repairable === 0 && r.unavailable === 0 && r.lost === 0 && r.copying === 0
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
      state: this.#state,
      coordinator: parts.control.leader(),
      stateVersion: state.index,
      members: state.members.map(m => ({ ...(views.get(m.id) as MemberView), status: m.status })),
      partitionCount: state.settings.partitionCount,
      groups: { total, owned, backups, copying, underReplicated, unavailable, lost },
      maps: parts.mapStatuses(),
      clients: parts.server.clientCount,
      operations: parts.operationCounts(),
      copies: parts.copies(),
      memory: { storeBytes: parts.storeBytes(), rssBytes: 0 },
      uptimeMs: this.#env.clock.monotonicMs() - this.#startedMs,
    }
  }

  on<E extends keyof MemberEvents>(event: E, listener: (value: MemberEvents[E]) => void): () => void {
    return this.#emitter.on(event, listener)
  }

  async shutdown(options: { readonly timeoutMs?: number } = {}): Promise<{ readonly handedOver: boolean }> {
    if (this.#state !== 'running' || this.#parts === null) {
      await this.#stop('shut down')
      return { handedOver: false }
    }
    this.#state = 'leaving'
    const deadlineMs = this.#env.clock.monotonicMs() + (options.timeoutMs ?? this.config.knobs.gracefulShutdownMaxWaitMs)
    const { control, server } = this.#parts
    const handedOver = await leave({
      id: this.id,
      clock: this.#env.clock,
      log: this.#env.log,
      control,
      deadlineMs,
      holdsNoEntries: () => this.#holdsNoEntries(),
      turnClientsAway: () => server.turnAway(),
    })
    await this.#stop(handedOver ? 'left the cluster' : 'left the cluster without handing everything over')
    return { handedOver }
  }

  #holdsNoEntries(): boolean {
    return this.#parts?.mapStatuses().every(m => m.ownedEntries === 0 && m.backupEntries === 0) ?? true
  }

  async terminate(): Promise<void> {
    await this.#stop('terminated', { atOnce: true })
  }

  #crash(error: Error): void {
    if (this.#stopping !== null) return
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
    this.#joining?.stop()
    this.#parts?.close()
    await this.#control?.stop({ atOnce })
    this.#links.close()
    await this.#listener?.close()
    await this.#incarnation?.withdraw()
    this.#state = 'stopped'
    this.#emitter.emit('stopped', { reason })
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
