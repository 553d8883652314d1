/** ClientServers on real loopback sockets, around maps in memory: a cluster as far as a client can see. */

import net from 'node:net'
import type { Config, MapConfigInput } from '../../../../src/api/config.js'
import { Prng } from '../../../../src/base/prng.js'
import { type ConfigInput, defaultConfig } from '../../../../src/config/index.js'
import { applyCommands, emptyState } from '../../../../src/control/apply-command.js'
import type { ClusterState } from '../../../../src/control/cluster-state.js'
import type { Address, Clock, Log, LogFields, Pipe, PipeReceiver } from '../../../../src/env/env.js'
import type { ClusterMemberView, ClusterViews, LostPartition } from '../../../../src/map/data-map.js'
import { Schemas } from '../../../../src/map/schemas.js'
import { ClientServer } from '../../../../src/server/client-server.js'
import { MemoryMaps } from './memory-maps.js'

export function testConfig(
  properties: Record<string, string> = {},
  heartbeatTimeoutMs = 60_000,
  input: ConfigInput = {},
): Config {
  const config = defaultConfig({ properties, ...input })
  return { ...config, knobs: { ...config.knobs, clientHeartbeatTimeoutMs: heartbeatTimeoutMs } }
}

export class MemoryLog implements Log {
  readonly lines: { level: string; event: string; fields: LogFields }[] = []

  debug = (event: string, fields: LogFields = {}): void => this.#add('debug', event, fields)
  info = (event: string, fields: LogFields = {}): void => this.#add('info', event, fields)
  warn = (event: string, fields: LogFields = {}): void => this.#add('warn', event, fields)
  error = (event: string, fields: LogFields = {}): void => this.#add('error', event, fields)
  child = (): Log => this

  find(event: string): LogFields | undefined {
    return this.lines.find(line => line.event === event)?.fields
  }

  #add(level: string, event: string, fields: LogFields): void {
    this.lines.push({ level, event, fields })
  }
}

const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
  every: (intervalMs, run) => {
    const timer = setInterval(run, intervalMs)
    return { cancel: () => clearInterval(timer) }
  },
  defer: run => {
    setImmediate(run)
  },
}

class SocketPipe implements Pipe {
  readonly standing = 'open'
  readonly remote: Address
  readonly local: Address
  readonly #socket: net.Socket

  constructor(socket: net.Socket) {
    this.#socket = socket
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 }
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.destroyed || this.#socket.write(bytes)
  }

  start(receiver: PipeReceiver): void {
    this.#socket.on('data', chunk => {
      receiver.onData(chunk)
      // A chunk belongs to the receiver only during the call: whoever keeps it is found out.
      chunk.fill(0xee)
    })
    this.#socket.on('drain', () => receiver.onDrain())
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => receiver.onClose('closed'))
    this.#socket.resume()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** What stands for consensus: commands have their effect at once. */
function plainAgreement(): ConstructorParameters<typeof Schemas>[0] {
  let state: ClusterState = {
    ...emptyState(),
    index: 1,
    classes: [{ backupCount: 0, asyncBackupCount: 0, readBackupData: false, settledCount: 0 }],
  }
  return {
    state: () => state,
    propose: async commands => {
      const { state: after, accepted } = applyCommands(state, commands)
      state = after
      return accepted.map(one => ({ index: after.index, accepted: one }))
    },
    readIndex: async () => state.index,
  }
}

/** What all members of a test cluster agree on. */
export class TestCluster {
  readonly maps = new MemoryMaps()
  readonly mapConfigs = new Map<string, MapConfigInput>()
  readonly #agreed = plainAgreement()
  readonly schemas = new Schemas(this.#agreed)
  readonly members: ClusterMemberView[] = []
  version = 1
  owners: (string | null)[] = new Array(271).fill(null)
  readonly listeners = new Set<() => void>()
  readonly lossListeners = new Set<(lost: LostPartition) => void>()

  changed(): void {
    this.version++
    for (const listener of this.listeners) listener()
  }

  /** Gives the partitions to the members in turn. */
  assign(): void {
    this.owners = this.owners.map((_, i) => this.members[i % this.members.length]?.id ?? null)
    this.changed()
  }

  views(localId: string): ClusterViews {
    const subscribe = (listener: () => void): (() => void) => {
      this.listeners.add(listener)
      return () => this.listeners.delete(listener)
    }
    return {
      clusterId: 'c1c1c1c1-0000-4000-8000-00000000000c',
      clusterName: 'dev',
      localId,
      partitionCount: 271,
      members: () => ({ version: this.version, members: [...this.members] }),
      partitions: () => ({ version: this.version, owners: this.owners }),
      onMembers: subscribe,
      onPartitions: subscribe,
      onPartitionLost: listener => {
        this.lossListeners.add(listener)
        return () => this.lossListeners.delete(listener)
      },
      onMap: listener => {
        this.maps.watchers.add(listener)
        return () => this.maps.watchers.delete(listener)
      },
    }
  }
}

export interface TestMember {
  readonly id: string
  readonly port: number
  readonly server: ClientServer
  readonly log: MemoryLog
  stop(): Promise<void>
}

export async function startMember(cluster: TestCluster, config: Config = testConfig()): Promise<TestMember> {
  const id = `00000000-0000-4000-8000-00000000000${cluster.members.length + 1}`
  const log = new MemoryLog()
  const listener = net.createServer({ pauseOnConnect: true })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as net.AddressInfo
  cluster.members.push({ id, address: { host: '127.0.0.1', port }, lite: false })
  cluster.assign()
  const server = new ClientServer({
    maps: cluster.maps,
    addMapConfig: async (name, config) => void cluster.mapConfigs.set(name, config),
    schemas: cluster.schemas,
    views: cluster.views(id),
    config,
    clock: realClock,
    random: new Prng(cluster.members.length),
    log,
    version: '0.0.0-test',
    onClientCame: () => undefined,
    onClientLeft: () => undefined,
  })
  listener.on('connection', socket => {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    // As the member's port does it: the three bytes decide, and what came with them is handed on.
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      if (first.subarray(0, 3).toString('latin1') !== 'CP2') throw new Error('tests write the prefix in one piece')
      server.accept(new SocketPipe(socket), Uint8Array.from(first.subarray(3)))
    })
  })
  return {
    id,
    port,
    server,
    log,
    stop: async () => {
      const closed = new Promise<void>(resolve => listener.close(() => resolve()))
      server.close()
      await closed
    },
  }
}

/** Waits for a condition; the description is what the failure says. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const until = Date.now() + deadlineMs
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}
