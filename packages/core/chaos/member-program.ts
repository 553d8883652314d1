/** A member in a process of its own, reached by others through a proxy. */

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { IMap } from '../src/api/map.js'
import { Cobnut } from '../src/cobnut.js'
import { answerAs } from './answering.js'
import { type ChaosMap, callMap } from './messages.js'

export interface MemberSettings {
  /** The user's configuration; null = none, and `backupCount` for every map. */
  readonly file: string | null
  readonly backupCount: number
  readonly map: string
  readonly port: number
  /** Where the proxies of all members listen, this one's first. */
  readonly addresses: readonly [string, ...string[]]
  /** Directory for this process's log; null = it is not kept. */
  readonly logs: string | null
  readonly plant: string | null
}

const forEver = { ttlMs: 0, maxIdleMs: 0 }

/** Whatever limits of time the configuration has, what chaos writes stays. */
const withoutLimits = (map: IMap<string, string>): ChaosMap => ({
  get: key => map.get(key),
  put: (key, value) => map.put(key, value, forEver),
  set: (key, value) => map.set(key, value, forEver),
  putIfAbsent: (key, value) => map.putIfAbsent(key, value, forEver),
  replaceIfSame: (key, expected, value) => map.replaceIfSame(key, expected, value),
  remove: key => map.remove(key),
})

await answerAs(async () => {
  const { file, backupCount, map, port, addresses, logs, plant } = JSON.parse(process.argv[2] as string) as MemberSettings
  // what a simulation can break is not in the package that is installed
  if (plant !== null) (await import('./plants.js')).install(plant)
  const member = await Cobnut.start(
    {
      ...(file === null ? { clusterName: 'chaos', maps: { default: { backupCount } } } : { file }),
      network: {
        port,
        portAutoIncrement: false,
        publicAddress: addresses[0],
        join: {
          tcpIp: { enabled: true, members: addresses },
          // a cluster that the file may lead to is left alone
          multicast: { enabled: false },
          autoDetection: { enabled: false },
          dns: { enabled: false },
          kubernetes: { enabled: false },
        },
      },
    },
    {
      logSink:
        logs === null ? () => {} : line => appendFileSync(join(logs, `${port}-${process.pid}.log`), `${JSON.stringify(line)}\n`),
    },
  )
  // whoever uses it first declares it
  await member.getMap(map).size()
  member.on('stopped', () => setImmediate(() => process.exit(0)))
  return {
    clusterName: member.clusterName,
    backupCount: member.status().maps.find(({ name }) => name === map)?.backupCount ?? 0,
    answer: async ask => {
      switch (ask.type) {
        case 'call':
          return callMap(withoutLimits(member.getMap(ask.map)), ask.key, ask.action)
        case 'look': {
          const { stateVersion, members } = member.status()
          return { safe: member.isSafe(), stateVersion, members: members.length }
        }
        case 'stall': {
          const untilMs = performance.now() + ask.forMs
          while (performance.now() < untilMs);
          return undefined
        }
        case 'leave':
          await member.shutdown()
          return process.exit(0)
      }
    },
  }
})
