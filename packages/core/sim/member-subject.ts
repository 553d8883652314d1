/** The production member as the subject of a simulation, unchanged. */

import type { Config } from '../src/api/config.js'
import type { EntryProcessor } from '../src/api/processors.js'
import type { Env } from '../src/env/env.js'
import { MemberNode } from '../src/member/member-node.js'
import type { Seat, Subject, SubjectMember } from './subject.js'

/** Members of one machine take ports from this one on. */
const PORT = 5701

/** As the model has it: an append that happened twice, or was lost, shows in every later answer. */
const append: EntryProcessor<string, string, string> = (entry, item) => {
  entry.setValue(`${entry.value ?? ''}${item},`)
  return entry.value
}

export class MemberSubject implements Subject {
  readonly #configFor: (seeds: readonly string[], lite: boolean) => Config
  readonly #portsOfMachine: number
  readonly #onStarted: (member: MemberNode, env: Env) => void

  /**
   * @param portsOfMachine how many members may share a machine.
   * @param onStarted for orders that no client gives.
   */
  constructor(
    configFor: (seeds: readonly string[], lite: boolean) => Config,
    portsOfMachine: number,
    onStarted: (member: MemberNode, env: Env) => void = () => undefined,
  ) {
    this.#configFor = configFor
    this.#onStarted = onStarted
    this.#portsOfMachine = portsOfMachine
  }

  async start(env: Env, seat: Seat): Promise<SubjectMember> {
    const ports = Array.from({ length: this.#portsOfMachine }, (_, i) => PORT + i)
    const addresses = seat.machines.flatMap(host => ports.map(port => ({ host, port })))
    const config = this.#configFor(
      addresses.map(({ host, port }) => `${host}:${port}`),
      seat.lite,
    )
    const member = await MemberNode.start(config, env, {
      seeds: { candidates: async () => addresses, exhaustive: true, named: this.#portsOfMachine === 1 },
      version: 'sim',
      host: seat.own,
      entryProcessors: { append },
    })
    let broken: string | null = null
    let lost = 0
    const seenOff = new Set<string>()
    member.on('membership', event => {
      if (event.type === 'left') seenOff.add(event.member.id)
    })
    member.on('crashed', ({ error }) => {
      broken = error.stack ?? error.message
    })
    this.#onStarted(member, env)
    member.on('copiesDiffer', ({ partitionId, backup }) => {
      broken ??= `of partition ${partitionId} ${backup} has other entries than its owner ${member.id}`
    })
    member.on('partitionLost', () => {
      lost++
    })
    return {
      id: member.id,
      state: () => (member.state === 'starting' ? 'running' : member.state),
      word: () => {
        const { stateVersion, coordinator, groups } = member.status()
        const safeButLost = groups.lost + groups.unavailable > 0 && groups.copying === 0
        return { safe: member.isSafe(), safeButLost, stateVersion, coordinator }
      },
      members: () => member.members().map(m => m.id),
      map: name => member.getMap<string, string>(name),
      newSession: () => member.newSession(),
      admin: {
        setBackups: (map, counts) => member.admin.setBackups(map, counts),
        backups: map => member.admin.backups(map),
      },
      owns: (map, key) => member.getMap<string, string>(map).localKeySet().includes(key),
      entries: name => {
        const counts = member.status().maps.find(map => map.name === name)
        return { owned: counts?.ownedEntries ?? 0, backups: counts?.backupEntries ?? 0 }
      },
      hasSeenOff: id => seenOff.has(id),
      brokenBy: () => broken,
      lostPartitions: () => lost,
      shutdown: () => member.shutdown({ timeoutMs: 30_000 }),
    }
  }
}
