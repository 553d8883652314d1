/** Clusters of real processes for tests. Everything is on 127.0.0.1, and nothing outlives `close`. */

import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MemberStatus } from '../../src/api/member.js'
import type { Ask, Told } from './member-program.js'

const portsPerCluster = 8
const program = fileURLToPath(new URL('./member-program.js', import.meta.url))
const startLimitMs = 20_000

export interface ClusterOptions {
  /** `<map>` elements, or whatever else belongs into `<hazelcast>`. */
  readonly xml: string
  /** What belongs into `<network>` beside the addresses. */
  readonly network?: string
  readonly members?: number
  readonly clusterName?: string
}

export class TestMember {
  readonly child: ChildProcess
  id = ''
  port = 0
  readonly log: Record<string, unknown>[] = []
  #asks = 0
  readonly #waiting = new Map<number, { resolve: (v: unknown) => void; reject: (e: Error) => void }>()
  readonly started: Promise<void>
  readonly exited: Promise<number | null>

  constructor(file: string) {
    this.child = fork(program, [file], { serialization: 'advanced' })
    this.exited = new Promise(resolve => this.child.once('exit', code => resolve(code)))
    this.started = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the member did not start in time')), startLimitMs)
      this.child.on('message', (told: Told) => {
        if (told.type === 'log') this.log.push(told.line)
        else if (told.type === 'answer') this.#onAnswer(told)
        else {
          clearTimeout(timer)
          if (told.type === 'started') {
            this.id = told.id
            this.port = told.port
            resolve()
          } else reject(Object.assign(new Error(told.message), { code: told.code, problems: told.problems }))
        }
      })
      void this.exited.then(() => {
        clearTimeout(timer)
        reject(new Error('the member ended before it had started'))
        for (const { reject: fail } of this.#waiting.values()) fail(new Error('the member ended'))
      })
    })
  }

  #onAnswer(told: Extract<Told, { type: 'answer' }>): void {
    const waiting = this.#waiting.get(told.id)
    this.#waiting.delete(told.id)
    if (told.error === undefined) waiting?.resolve(told.value)
    else waiting?.reject(Object.assign(new Error(told.error.message), told.error))
  }

  call<T>(name: string, ...args: readonly unknown[]): Promise<T> {
    const ask: Ask = { id: ++this.#asks, name, args }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(ask.id, { resolve: resolve as (v: unknown) => void, reject })
      this.child.send(ask)
    })
  }

  status(): Promise<MemberStatus> {
    return this.call('status')
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }
}

export class TestCluster {
  readonly members: TestMember[] = []
  readonly #folder: string
  readonly #port: number
  readonly #options: ClusterOptions

  private constructor(folder: string, port: number, options: ClusterOptions) {
    this.#folder = folder
    this.#port = port
    this.#options = options
  }

  static async start(options: ClusterOptions): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'cobnut-test-'))
    const cluster = new TestCluster(folder, await freePort(), options)
    try {
      await Promise.all(Array.from({ length: options.members ?? 3 }, () => cluster.add()))
      await cluster.settled()
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  get ports(): number[] {
    return this.members.map(m => m.port)
  }

  /** The whole file, as a user would write it. */
  xml(more = this.#options.xml, network = this.#options.network ?? ''): string {
    return clusterXml(this.#options.clusterName ?? 'test', this.#port, more, network)
  }

  /** Starts one member more; `xml` and `network` where its file differs from the others'. */
  async add(xml?: string, network?: string): Promise<TestMember> {
    const file = join(this.#folder, `hazelcast-${this.members.length}-${Math.trunc(performance.now() * 1000)}.xml`)
    await writeFile(file, this.xml(xml, network))
    const member = new TestMember(file)
    this.members.push(member)
    await member.started
    return member
  }

  async kill(member: TestMember): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    await member.kill()
  }

  /** Every member knows the others, no copy is missing that could be made, and ownership is even. */
  async settled(limitMs?: number): Promise<void> {
    const isSettled = async (): Promise<boolean> => {
      const states = await Promise.all(this.members.map(m => m.status()))
      const safe = await Promise.all(this.members.map(m => m.call<boolean>('isSafe')))
      const versions = new Set(states.map(s => s.stateVersion))
      const owned = states
        .filter(s => !s.members.find(m => m.local)?.lite)
        .map(s => s.groups.owned / (s.groups.total / s.partitionCount))
      const isEven = Math.max(...owned) - Math.min(...owned) <= 1
      return safe.every(Boolean) && isEven && versions.size === 1 && states.every(s => s.members.length === this.members.length)
    }
    await until('the cluster to settle', isSettled, limitMs)
  }

  /** Owned and backup entries of a map on each member. */
  async held(map: string): Promise<{ owned: number[]; backups: number[]; backupBytes: number[] }> {
    const states = await Promise.all(this.members.map(m => m.status()))
    const of = states.map(s => s.maps.find(m => m.name === map))
    return {
      owned: of.map(m => m?.ownedEntries ?? 0),
      backups: of.map(m => m?.backupEntries ?? 0),
      backupBytes: of.map(m => m?.backupBytes ?? 0),
    }
  }

  async close(): Promise<void> {
    for (const { child } of this.members) child.kill('SIGKILL')
    await Promise.all(this.members.map(m => m.exited))
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** The configuration file of a cluster whose members listen on `port` and the seven ports behind it. */
export function clusterXml(clusterName: string, port: number, more: string, network = ''): string {
  const members = Array.from({ length: portsPerCluster }, (_, i) => `<member>127.0.0.1:${port + i}</member>`).join('')
  return `<hazelcast xmlns="http://www.hazelcast.com/schema/config">
  <cluster-name>${clusterName}</cluster-name>
  <network>
    <port auto-increment="true" port-count="${portsPerCluster}">${port}</port>
    <join><auto-detection enabled="false"/><multicast enabled="false"/><tcp-ip enabled="true">${members}</tcp-ip></join>
    <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
    ${network}
  </network>
  ${more}
</hazelcast>
`
}

/** A cluster for as long as `run` takes. */
export async function using(options: ClusterOptions, run: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = await TestCluster.start(options)
  try {
    await run(cluster)
  } finally {
    await cluster.close()
  }
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Waits for a condition, and says what it waited for when it does not come. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`)
    await new Promise(resume => setTimeout(resume, 10))
  }
}

/**
 * A port with seven free ones behind it. Below those that a system gives to whoever asks for any (from 32,768 on): what runs
 * at the same time does not take them between this look and their use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const first = 10_000 + portsPerCluster * randomInt(2_800)
    const free = await Promise.all(Array.from({ length: portsPerCluster }, (_, i) => isFree(first + i)))
    if (free.every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (e: NodeJS.ErrnoException) => (e.code === 'EADDRINUSE' ? resolve(false) : reject(e)))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
