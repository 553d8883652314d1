/** A cluster of production members that is divided and healed by order, for plays of `cobnut.consistency`. */

import assert from 'node:assert/strict'
import type { Host } from '../../sim/host.js'
import type { Weather } from '../../sim/link.js'
import { simConfig } from '../../sim/sim-config.js'
import { type LogLine, World } from '../../sim/world.js'
import type { Config, Knobs, MergePolicyName } from '../../src/api/config.js'
import { MemberNode } from '../../src/member/member-node.js'

export const keys = Array.from({ length: 60 }, (_, i) => `k${i}`)

export interface Player {
  readonly host: Host
  readonly member: MemberNode
}

export class DividedWorld {
  readonly world: World
  #enter!: (host: Host, i: number) => Promise<Player>
  readonly errors: string[] = []
  /** Members that were told that their file says something else than the cluster. */
  readonly differs: string[] = []
  /** Names of events that were logged. */
  readonly logged = new Set<string>()
  players: readonly Player[] = []
  #cut: readonly { readonly ends: readonly Player[]; readonly link: { cut(): void; heal(): void } }[] = []

  constructor(seed: number, weather: Partial<Weather> = {}) {
    const timerLag = { usualMs: 1, rareMs: 8 }
    const onLog = (line: LogLine): void => {
      this.logged.add(line.event)
      if (line.event === 'config.differs') this.differs.push(line.host)
      if (line.level === 'error') this.errors.push(`${line.host} ${line.event} ${JSON.stringify(line.fields)}`)
    }
    this.world = new World(seed, { onLog, weather, clockDrift: 0, wallErrorMs: 0, timerLag, provesDeath: false })
  }

  /**
   * @param consistency of all, or by number of the member.
   * @param mapsOf what a member says of maps, by its number, out of what the others say.
   */
  async start(
    members: number,
    consistency: Knobs['consistency'] | readonly Knobs['consistency'][],
    policy: MergePolicyName,
    backupCount = 1,
    mapsOf: (maps: Config['maps'], i: number) => Config['maps'] = maps => maps,
  ): Promise<void> {
    const hosts = Array.from({ length: members }, (_, i) => this.world.host(`m${i + 1}`, `m${i + 1}`))
    const addresses = hosts.map(host => ({ host: host.machine.address, port: 5701 }))
    const maps = [{ name: 'm', backupCount, asyncBackupCount: 0, readBackupData: false }]
    const knobs = { initialMinClusterSize: members, partitionCount: 13, forkAfterMs: 3_000, callTimeoutMs: 4_000 }
    const made = simConfig(
      addresses.map(a => `${a.host}:${a.port}`),
      maps,
      knobs,
    )
    const merging = { perEntryStatsEnabled: true, mergePolicy: { className: policy, batchSize: 7 } }
    const configOf = (i: number): Config => ({
      ...made,
      maps: mapsOf(new Map([...made.maps].map(([name, map]) => [name, { ...map, ...merging }])), i),
      knobs: { ...made.knobs, consistency: typeof consistency === 'string' ? consistency : (consistency[i] ?? 'strict') },
    })
    const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
    this.#enter = async (host, i) => {
      const options = { seeds, version: 'sim', host: host.machine.address }
      const member = await this.world.settle(
        host.start(env => MemberNode.start(configOf(i), env, options)),
        60_000,
      )
      return { host, member }
    }
    this.players = await Promise.all(hosts.map(this.#enter))
    await this.until(() => this.isWhole(), 'the cluster is not whole')
  }

  /** Another one, that looks for the others where they were. */
  enter(name: string): Promise<Player> {
    return this.#enter(this.world.host(name, name), 0)
  }

  async until(condition: () => boolean, otherwise: string): Promise<void> {
    const happened = await this.world.runUntil(condition, 60_000)
    assert.ok(happened, `${otherwise}: ${this.describe()} ${this.errors.join('\n')}`)
  }

  describe(): string {
    const said = this.players.map(({ member }) => {
      if (member.state !== 'running') return member.state
      const { clusterId, fork, members } = member.status()
      return `${clusterId.slice(0, 4)} ${fork === null ? '' : 'fork '}${members.length} ${member.isSafe() ? 'safe' : 'not safe'}`
    })
    return said.join('; ')
  }

  /** One cluster with all members, and every copy. */
  isWhole(): boolean {
    const running = this.players.filter(({ member }) => member.state === 'running')
    if (running.length < this.players.length) return false
    const ids = new Set(running.map(({ member }) => member.status().clusterId))
    return ids.size === 1 && running.every(({ member }) => member.isSafe() && member.members().length === this.players.length)
  }

  /** Oldest first: five of them vote, if there are so many. */
  byAge(): Player[] {
    const ids = (this.players[0] as Player).member.members().map(({ id }) => id)
    return [...this.players].sort((a, b) => ids.indexOf(a.member.id) - ids.indexOf(b.member.id))
  }

  divide(...sides: readonly (readonly Player[])[]): void {
    const { network } = this.world
    this.#cut = sides.flatMap((side, i) =>
      sides
        .filter((_, j) => j !== i)
        .flatMap(other => side.flatMap(a => other.map(b => ({ ends: [a, b], link: network.link(a.host.name, b.host.name) })))),
    )
    for (const { link } of this.#cut) link.cut()
  }

  /** The links between these, and those of all others stay as they are. */
  heal(among: readonly Player[] = this.players): void {
    const isMeant = ({ ends }: { ends: readonly Player[] }): boolean => ends.every(player => among.includes(player))
    for (const { link } of this.#cut.filter(isMeant)) link.heal()
    this.#cut = this.#cut.filter(one => !isMeant(one))
  }

  call<T>({ host, member }: Player, run: (member: MemberNode) => Promise<T>, withinMs = 30_000): Promise<T> {
    return this.world.settle(
      host.start(() => run(member)),
      withinMs,
    )
  }

  async set(player: Player, entries: Iterable<readonly [string, string]>): Promise<void> {
    await this.call(player, member => member.getMap<string, string>('m').putAll(entries))
  }

  async remove(player: Player, removed: readonly string[]): Promise<void> {
    await this.call(player, async member => {
      for (const key of removed) await member.getMap('m').delete(key)
    })
  }

  /** As every member reads them; they have to agree. */
  async read(): Promise<Record<string, string>> {
    const read = async (player: Player): Promise<Record<string, string>> => {
      const found = await this.call(player, member => member.getMap<string, string>('m').getAll(keys))
      return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
    }
    const [first, ...others] = await Promise.all(this.players.map(read))
    for (const other of others) assert.deepEqual(other, first)
    return first as Record<string, string>
  }
}
