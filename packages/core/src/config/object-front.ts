/**
 * A typed object as data. It may say things more briefly than a file:
 *
 *   maps                            for `map`
 *   network.portAutoIncrement       for network.port.autoIncrement, and so portCount
 *   network.join.tcpIp: { members } without `enabled`: what an object mentions is meant
 */

import { type Data, type Entry, emptyMap, type Place } from './data-tree.js'
import type { InputOf } from './elements/kinds.js'
import type { mapSection } from './elements/map.js'
import type { network } from './elements/network.js'
import type { rootElements } from './elements/root.js'
import { depthMax } from './limits.js'
import type { Problems } from './problems.js'

/** The elements of <map> in camelCase. */
export type MapInput = InputOf<typeof mapSection>

/** The elements of <network> in camelCase. */
export type NetworkInput = InputOf<typeof network> & {
  /** False: this port or none. */
  readonly portAutoIncrement?: boolean
  /** Ports tried from `port` on. */
  readonly portCount?: number
}

/** A typed configuration. What is not said has its default; the reference of the configuration has all elements. */
export interface ConfigInput {
  /** Members and clients of another name are refused. Default `dev`. */
  readonly clusterName?: string
  readonly instanceName?: string
  /** A member that holds no entries. */
  readonly liteMember?: boolean
  readonly network?: NetworkInput
  readonly partitionGroup?: InputOf<(typeof rootElements)['partition-group']>
  /** By name; a map refers to one by `splitBrainProtectionRef`. */
  readonly splitBrainProtection?: InputOf<(typeof rootElements)['split-brain-protection']>
  /** Who may come in. */
  readonly security?: InputOf<(typeof rootElements)['security']>
  /** By name, by pattern with one `*`, or `default`. */
  readonly maps?: Readonly<Record<string, MapInput>>
  /** Hazelcast's names (`hazelcast.partition.count`) and ours (`cobnut.*`). */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

export const objectPlace: Place = { file: 'the configuration object', line: 0, column: 0 }

export function readObject({ maps, network: given, ...input }: ConfigInput, problems: Problems): Data {
  const object = { ...input, map: maps, network: given === undefined ? undefined : briefNetwork(given) }
  try {
    return dataOf(object, 0)
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error
    problems.add(objectPlace, 'hazelcast', error.message, { allowed: `at most ${depthMax} levels` })
    return emptyMap(objectPlace)
  }
}

function briefNetwork({ portAutoIncrement, portCount, port, ...network }: NetworkInput): unknown {
  const parts = { autoIncrement: portAutoIncrement, portCount, ...(typeof port === 'object' ? port : { port }) }
  const { join, interfaces } = network
  return {
    ...network,
    port: parts,
    interfaces: meant(interfaces),
    join: join && { ...join, tcpIp: meant(join.tcpIp), multicast: meant(join.multicast), kubernetes: meant(join.kubernetes) },
  }
}

const meant = <S extends object>(section: S | undefined): S | undefined => section && { enabled: true, ...section }

class TooDeep extends Error {}

function dataOf(value: unknown, depth: number): Data {
  const place = objectPlace
  if (depth > depthMax) throw new TooDeep('the object is nested too deep, or holds itself')
  if (Array.isArray(value)) return { kind: 'list', place, xml: false, items: value.map(item => dataOf(item, depth + 1)) }
  if (typeof value !== 'object' || value === null) return { kind: 'text', place, xml: false, text: String(value ?? '') }
  const pairs = value instanceof Map ? [...value] : Object.entries(value)
  const entries = pairs.flatMap(([name, of]): Entry[] => {
    return of === undefined ? [] : [{ name: String(name), place, value: dataOf(of, depth + 1) }]
  })
  return { kind: 'map', place, xml: false, entries }
}
