/**
 * One incarnation of a member: its id, its connections, its way into a cluster, and what runs while it belongs to one. A
 * member has one for its whole life, unless its side of a divided cluster gives way to another: then it begins a new one.
 */

import type { Config } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { type MemberId, memberId } from '../base/ids.js'
import { Joining, type Seeds } from '../cluster/joining.js'
import { mapConfigFor } from '../config/index.js'
import type { ClusterState, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { settingsOf } from '../control/map-settings.js'
import { RaftControlPlane } from '../control/raft-control-plane.js'
import type { Address, Env, Incarnation } from '../env/env.js'
import type { AnyMessage, Link } from '../link/link.js'
import { Links } from '../link/links.js'
import type { UserCode } from '../map/user-code.js'
import type { MemberMessage } from '../protocol/member-table.js'
import type { Conflicts } from './conflicts.js'
import type { Emitter } from './emitter.js'
import { Parts } from './parts.js'

const joinTimeoutMs = 300_000
/** From being admitted to the first state that names this member. */
const admissionMs = 5_000
/** A follower that hears nothing for one to two of these stands for election: twice the longest heartbeat that can be said. */
const electionMs = 1_000
/** Clock rates are taken to differ by no more than this; real ones differ by less than a thousandth. */
const driftRatio = 0.05

export interface PresenceOptions {
  readonly config: Config
  readonly env: Env
  readonly seeds: Seeds
  /** Told to clients. */
  readonly version: string
  readonly memoryBytes: number
  readonly code: UserCode
  readonly emitter: Emitter
  readonly conflicts: Conflicts
  readonly address: () => Address
  /** The other side of a divided cluster was found there, and counts more. */
  readonly onGiveWay: (into: Address) => void
  readonly onBroken: (error: unknown) => void
}

export class Presence {
  readonly id: MemberId
  readonly links: Links
  readonly #o: PresenceOptions
  #incarnation: Incarnation | null = null
  #joining: Joining | null = null
  #parts: Parts | null = null
  #control: ControlPlane | null = null
  #givesWay = false
  #stopped = false

  constructor(options: PresenceOptions) {
    const { config, env } = options
    this.#o = options
    this.id = memberId(env.random.fork().uuid())
    this.links = new Links(
      env,
      {
        id: this.id,
        clusterName: config.clusterName,
        partitionCount: config.knobs.partitionCount,
        leaseMs: config.knobs.leaseMs,
        address: options.address,
        clusterId: () => (this.#joining === null ? (this.#control?.state().settings.clusterId ?? '') : ''),
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

  /** Null before it belongs to a cluster, and again when it does no more. */
  get parts(): Parts | null {
    return this.#parts
  }

  get control(): ControlPlane | null {
    return this.#control
  }

  state(): ClusterState {
    if (this.#control === null) throw new CobnutError('MEMBER_STOPPED', 'the member is in no cluster')
    return this.#control.state()
  }

  /**
   * Joins a cluster, or founds one where it may and there is none. Resolves when this incarnation serves.
   */
  async enter({ mayFound }: { readonly mayFound: boolean }): Promise<void> {
    const { config, env, version, memoryBytes, code, emitter, conflicts, seeds } = this.#o
    const { knobs, liteMember, partitionGroup } = config
    const { network, clock, log, random } = env
    this.#incarnation = await network.announce(this.id)
    const hostAware = partitionGroup.enabled && partitionGroup.type === 'HOST_AWARE'
    const address = this.#o.address()
    const self: MemberRecord = {
      id: this.id,
      address,
      lite: liteMember,
      partitionGroup: hostAware ? address.host : this.id,
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
        this.links.send(to, 'control', { payload })
      },
      onBroken: this.#o.onBroken,
      timing: { heartbeatMs: knobs.heartbeatIntervalMs, electionMs, leaseMs: knobs.leaseMs, driftRatio },
    }
    const { promise: member, resolve: isMember } = deferred()
    const begin = (control: ControlPlane): void => {
      this.#control = control
      const look = (state: ClusterState): void => {
        this.links.follow(state.members)
        if (state.members.some(m => m.id === this.id)) isMember()
        this.#lookForWay(state)
      }
      control.onChange(look)
      look(control.state())
    }
    this.#joining = new Joining({
      self,
      links: this.links,
      clock,
      log,
      seeds,
      windowMs: knobs.joinWindowMs,
      initialMinClusterSize: knobs.initialMinClusterSize,
      mayFound: mayFound && knobs.foundsCluster === 'true',
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
          clusterName: config.clusterName,
          partitionCount: knobs.partitionCount,
          leaseMs: knobs.leaseMs,
          minSync: knobs.minSync,
          consistency: knobs.consistency,
          fork: null,
        }
        const defaultMap = settingsOf(mapConfigFor(config, 'default'))
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
    if (this.#stopped) throw new CobnutError('MEMBER_STOPPED')
    this.#joining = null
    this.#sayWhatDiffers()
    const goOver = (into: Address): void => this.#goOver(into)
    const owner = { id: this.id, config, version, code, memoryBytes, seeds, conflicts, address, goOver }
    this.#parts = new Parts(owner, env, this.#control as ControlPlane, this.links, emitter)
    this.#lookForWay(this.state())
  }

  #sayWhatDiffers(): void {
    const { knobs } = this.#o.config
    const { consistency, minSync } = this.state().settings
    const differs = (setting: string, here: unknown, cluster: unknown): void => {
      if (here !== cluster) this.#o.env.log.warn('config.differs', { setting, here, cluster })
    }
    differs('cobnut.consistency', knobs.consistency, consistency)
    differs('cobnut.min.sync', knobs.minSync, minSync)
  }

  #lookForWay({ settings }: ClusterState): void {
    const into = settings.fork?.into ?? null
    if (into !== null && this.#parts !== null) this.#goOver(into)
  }

  #goOver(into: Address): void {
    if (this.#givesWay) return
    this.#givesWay = true
    // not in the middle of a change that others are being told of
    this.#o.env.clock.defer(() => this.#o.onGiveWay(into))
  }

  /** Stops serving, and stays for those that have to hear of what was decided last. */
  closeParts(error?: CobnutError): void {
    this.#parts?.close(error)
    this.#parts = null
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

  async stop(atOnce: boolean): Promise<void> {
    this.#stopped = true
    this.#joining?.stop()
    this.#parts?.close()
    await this.#control?.stop({ atOnce })
    this.links.close()
    await this.#incarnation?.withdraw()
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
