/** A member with maps in memory, and a real port in front of it. */

import type { AddressInfo } from 'node:net'
import net from 'node:net'
import type { Admin, GroupView } from '../../../src/api/admin.js'
import type { CallOptions, CallSession, IMap, WriteOptions } from '../../../src/api/map.js'
import type { ClientView, Member, MemberStatus } from '../../../src/api/member.js'
import { CobnutError } from '../../../src/base/errors.js'
import { createHttpServer, type HttpOptions } from '../../../src/http/http-server.js'

/** The part of IMap that HTTP uses. Keys are told apart by type, as in a real map. */
export class FakeMap {
  readonly entries = new Map<string, { key: unknown; value: unknown }>()
  readonly calls: { name: string; options: CallOptions | undefined }[] = []
  failure: Error | null = null

  async get(key: unknown, options?: CallOptions): Promise<unknown> {
    this.#called('get', options)
    return this.entries.get(textOf(key))?.value ?? null
  }

  async set(key: unknown, value: unknown, options?: WriteOptions): Promise<void> {
    this.#called('set', options)
    if (value === null) throw new CobnutError('NULL_ARGUMENT')
    this.entries.set(textOf(key), { key, value })
  }

  async delete(key: unknown, options?: CallOptions): Promise<boolean> {
    this.#called('delete', options)
    return this.entries.delete(textOf(key))
  }

  async whereIs(key: unknown): Promise<GroupView> {
    this.#called(`whereIs ${textOf(key)}`, undefined)
    return fakeGroup
  }

  async size(options?: CallOptions): Promise<number> {
    this.#called('size', options)
    return this.entries.size
  }

  async keySet(options?: CallOptions): Promise<unknown[]> {
    this.#called('keySet', options)
    return [...this.entries.values()].map(({ key }) => key)
  }

  #called(name: string, options: CallOptions | undefined): void {
    this.calls.push({ name, options })
    if (this.failure !== null) throw this.failure
  }
}

const textOf = (key: unknown): string => `${typeof key} ${JSON.stringify(key)}`

const fakeGroup: GroupView = {
  partitionId: 7,
  group: 7,
  maps: ['m'],
  status: 'ok',
  epoch: 3,
  owner: 'a',
  inSyncBackups: ['b'],
  asyncCopies: [],
  learner: null,
  awaited: [],
  backupCount: 1,
  backupsRequired: 1,
  survives: 1,
}

const counts = { backupCount: 1, asyncBackupCount: 0 }
const fakeProgress = { map: '', asked: counts, kept: counts, sharedWith: [], groups: 7, complete: 7, settled: true }

export class FakeMember implements Member {
  readonly admin: Admin = {
    addMapConfig: async () => {},
    conflicts: () => [{ map: 'm', key: 'k', kept: 'existing', existing: 1, incoming: null }],
    checkup: () => ({ stateVersion: 17, current: true, fork: false, healthy: true, members: [] }),
    groups: () => [fakeGroup],
    setBackups: async (map, asked) => ({ ...fakeProgress, map, asked, kept: asked }),
    backups: map => ({ ...fakeProgress, map }),
    recover: async ({ acceptDataLoss = false } = {}) => ({ done: acceptDataLoss, groups: [] }),
    takeLead: async () => ['b'],
  }

  readonly id = 'b0c4d7a2-0000-4000-8000-000000000001'
  readonly address = { host: '127.0.0.1', port: 5701 }
  readonly clusterName = 'dev'
  readonly maps = new Map<string, FakeMap>()
  state: Member['state'] = 'running'
  safe = true
  shutdowns = 0

  getMap<K, V>(name: string): IMap<K, V> {
    return this.map(name) as unknown as IMap<K, V>
  }

  map(name: string): FakeMap {
    const found = this.maps.get(name) ?? new FakeMap()
    this.maps.set(name, found)
    return found
  }

  registerEntryProcessor(): void {}

  registerInterceptor(): void {}

  registerEntryComparator(): void {}

  members(): MemberStatus['members'] {
    return [{ id: this.id, address: this.address, lite: false, local: true, status: 'alive' }]
  }

  status(): MemberStatus {
    if (this.state === 'stopped') throw new CobnutError('MEMBER_STOPPED')
    return {
      id: this.id,
      address: '127.0.0.1:5701',
      clusterName: 'dev',
      clusterId: 'c1',
      state: this.state,
      coordinator: this.id,
      stateVersion: 17,
      members: this.members(),
      partitionCount: 271,
      groups: { total: 271, owned: 91, backups: 90, copying: 1, underReplicated: 2, unavailable: 3, lost: 4 },
      maps: [...this.maps].map(([name, { entries }]) => ({
        name,
        backupCount: 1,
        asyncBackupCount: 0,
        ownedEntries: entries.size,
        ownedBytes: 100,
        backupEntries: 5,
        backupBytes: 50,
      })),
      clients: 2,
      copies: { compared: 6, differing: 0 },
      fork: null,
      conflicts: 3,
      operations: { reads: 10, writes: 20, backupReads: 30 },
      memory: { storeBytes: 4096, rssBytes: 0 },
      uptimeMs: 1500,
    }
  }

  isSafe(): boolean {
    return this.safe
  }

  clients(): readonly ClientView[] {
    return []
  }

  newSession(): CallSession {
    return { saw: () => {}, seenOf: () => 0 }
  }

  on(): () => void {
    return () => {}
  }

  async shutdown(): Promise<{ handedOver: boolean }> {
    this.shutdowns++
    this.state = 'leaving'
    return { handedOver: true }
  }

  async terminate(): Promise<void> {
    this.state = 'stopped'
  }
}

export interface Served {
  readonly base: string
  readonly port: number
}

/** `remote`, `local`: as whom the callers appear, and by which address they ask. */
export async function serving(
  member: Member | null,
  options: HttpOptions & { readonly remote?: string; readonly local?: string },
  run: (served: Served) => Promise<void>,
): Promise<void> {
  const server = createHttpServer(() => member, options)
  const front = net.createServer(socket => {
    if (options.remote !== undefined) Object.defineProperty(socket, 'remoteAddress', { value: options.remote })
    if (options.local !== undefined) Object.defineProperty(socket, 'localAddress', { value: options.local })
    server.emit('connection', socket)
  })
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve))
  const { port } = front.address() as AddressInfo
  try {
    await run({ base: `http://127.0.0.1:${port}`, port })
  } finally {
    await new Promise(resolve => front.close(resolve))
  }
}

/** Bytes as they stand, for what `fetch` would not send. Returns the whole answer. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}
