/**
 * The server that Hazelcast's clients connect to. It holds no data: it decodes what clients ask, calls the maps of this
 * member, and encodes what they say.
 */

import type { Config, MapConfigInput } from '../api/config.js'
import type { ClientView } from '../api/member.js'
import type { Prng } from '../base/prng.js'
import type { Clock, Log, Pipe, Timer } from '../env/env.js'
import { pause } from '../env/pause.js'
import type { ClusterViews, MapService } from '../map/data-map.js'
import type { SchemaStore } from '../map/schemas.js'
import { clientTable, mapTable } from '../protocol/client-table.js'
import { dynamicConfigTable } from '../protocol/dynamic-config-table.js'
import { queryTable } from '../protocol/query-table.js'
import { clientHandlers, MAP_SERVICE } from './client-handlers.js'
import { ClientSession } from './client-session.js'
import { Doorman } from './doorman.js'
import { dynamicConfigHandlers } from './dynamic-config-handlers.js'
import { type HandlerIndex, indexOf } from './handlers.js'
import { mapHandlers } from './map-handlers.js'
import { NearCacheListeners } from './near-cache-listeners.js'
import { PartitionLoss } from './partition-loss.js'
import { queryHandlers } from './query-handlers.js'
import { ViewPublisher } from './view-publisher.js'

const CHECK_INTERVAL_MS = 1_000
/** What a client gets to read its last answers when this member stops. */
const LINGER_MS = 500
/** Without a call for a partition in this time, clients have heard that this member owns none: owners are told within 60 ms. */
const UNROUTED_MS = 150
/** For clients that ask this member for everything, or wait for long. */
const TURN_AWAY_MS = 1_000
const TURN_AWAY_TICK_MS = 10

export interface ClientServerOptions {
  readonly maps: MapService
  readonly addMapConfig: (name: string, config: MapConfigInput) => Promise<void>
  readonly schemas: SchemaStore
  readonly views: ClusterViews
  readonly config: Config
  readonly clock: Clock
  readonly random: Prng
  readonly log: Log
  /** Of this product, for whoever looks at a client's view of the cluster. */
  readonly version: string
  /** Once for every connection that has logged in, by the client's id. */
  readonly onClientCame: (client: string) => void
  readonly onClientLeft: (client: string) => void
}

export class ClientServer {
  readonly #options: ClientServerOptions
  readonly #handlers: HandlerIndex
  readonly #publisher: ViewPublisher
  readonly #loss: PartitionLoss
  readonly #sessions = new Set<ClientSession>()
  #timer: Timer | null = null
  #closed = false
  #isTurningAway = false

  constructor(options: ClientServerOptions) {
    this.#options = options
    this.#publisher = new ViewPublisher(options.views, options.clock, MAP_SERVICE)
    this.#loss = new PartitionLoss(options.views)
    const nearCaches = new NearCacheListeners(options.clock, options.config.knobs)
    const doorman = new Doorman(options.config.security.clients, options.clock)
    const handlers = clientHandlers({ ...options, doorman, publisher: this.#publisher, loss: this.#loss })
    this.#handlers = new Map([
      ...indexOf('Client', clientTable, handlers, { logins: ['authenticate', 'authenticateCustom'], frees: ['ping'] }),
      ...indexOf('Map', mapTable, mapHandlers(options.maps, nearCaches, this.#loss), { frees: ['unlock', 'forceUnlock'] }),
      ...indexOf('DynamicConfig', dynamicConfigTable, dynamicConfigHandlers(options.addMapConfig)),
      ...indexOf('Map', queryTable, queryHandlers(options.maps)),
    ])
  }

  /** Takes the pipe over. The three bytes that tell a client have been read; `alreadyRead` are those behind them. */
  accept(pipe: Pipe, alreadyRead: Uint8Array): void {
    if (this.#closed || this.#isTurningAway) {
      pipe.destroy()
      return
    }
    const { clock, random, config } = this.#options
    const session = new ClientSession({
      pipe,
      clock,
      log: this.#options.log.child({ remote: `${pipe.remote.host}:${pipe.remote.port}` }),
      handlers: this.#handlers,
      heartbeatTimeoutMs: config.knobs.clientHeartbeatTimeoutMs,
      newId: () => random.uuid(),
      onWelcome: (identity, before) => {
        this.#options.onClientCame(identity.uuid)
        if (before !== null) this.#options.onClientLeft(before.uuid)
      },
      onClosed: closed => this.#onClosed(closed),
    })
    this.#sessions.add(session)
    this.#timer ??= clock.every(CHECK_INTERVAL_MS, () => this.#check())
    session.start(alreadyRead)
  }

  /** Connections of clients that have logged in. A client holds one to each member. */
  get clientCount(): number {
    return this.clients().length
  }

  clients(): ClientView[] {
    const views: ClientView[] = []
    for (const { identity, remote: address, connectedAtMs, statistics } of this.#sessions) {
      if (identity === null) continue
      const { uuid: id, ...rest } = identity
      views.push({ id, ...rest, address, connectedAtMs, statistics })
    }
    return views
  }

  /**
   * For a member that owns nothing any more and leaves: waits until its clients have heard of it and turned to the owners, then
   * refuses what still comes, in a way that clients repeat it elsewhere, and waits until all before that is answered.
   */
  async turnAway(): Promise<void> {
    const sessions = this.#sessions
    const sinceMs = this.#options.clock.monotonicMs()
    await this.#waitWhile(nowMs => {
      const heardMs = Math.max(sinceMs, ...[...sessions].map(session => session.routedMs))
      return sessions.size > 0 && nowMs - heardMs < UNROUTED_MS
    })
    this.#isTurningAway = true
    for (const session of sessions) session.turnAway()
    await this.#waitWhile(() => [...sessions].some(session => session.isWaiting))
  }

  async #waitWhile(isSo: (nowMs: number) => boolean): Promise<void> {
    const { clock } = this.#options
    const untilMs = clock.monotonicMs() + TURN_AWAY_MS
    for (let nowMs = clock.monotonicMs(); nowMs < untilMs && isSo(nowMs); nowMs = clock.monotonicMs()) {
      await pause(clock, TURN_AWAY_TICK_MS)
    }
  }

  /** Ends every session after what has been answered; nothing is accepted any more. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#publisher.close()
    this.#loss.close()
    this.#timer?.cancel()
    this.#timer = null
    for (const session of this.#sessions) session.end('this member stops')
    if (this.#sessions.size === 0) return
    this.#timer = this.#options.clock.after(LINGER_MS, () => {
      for (const session of this.#sessions) session.close('this member stops')
    })
  }

  #check(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const session of this.#sessions) session.checkAlive(nowMs)
  }

  #onClosed(session: ClientSession): void {
    this.#sessions.delete(session)
    if (session.identity !== null) this.#options.onClientLeft(session.identity.uuid)
    this.#publisher.onSessionClosed(session)
    if (this.#sessions.size > 0) return
    this.#timer?.cancel()
    this.#timer = null
  }
}
