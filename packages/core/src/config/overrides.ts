/**
 * `HZ_NETWORK_PORT_PORT=5801` in the environment and `hz.network.port.port` among the properties of the start, as data that
 * wins over the file. In variables `_` is what separates names; everything behind `properties` is one name with dots.
 */

import { type Data, type Entry, gather, plain, TEXT } from './data-tree.js'
import type { Problems } from './problems.js'

interface Override {
  /** Of the variable or property. */
  readonly from: string
  readonly path: readonly string[]
  readonly value: string
}

export function overridesFrom(
  environment: Readonly<Record<string, string | undefined>>,
  properties: Readonly<Record<string, string>>,
  problems: Problems,
): Data {
  const overrides = [
    ...Object.entries(environment).flatMap(([from, value]) => {
      return from.startsWith('HZ_') && value !== undefined
        ? [{ from, value, path: pathOf(from.slice(3).toLowerCase(), '_') }]
        : []
    }),
    ...Object.entries(properties).flatMap(([from, value]) => {
      return from.startsWith('hz.') ? [{ from, value, path: pathOf(from.slice(3), '.') }] : []
    }),
  ]
  const taken = new Map<string, Override>()
  for (const override of overrides) {
    const key = override.path.map(plain).join('.')
    const other = taken.get(key)
    if (other === undefined) taken.set(key, override)
    else {
      const element = `hazelcast.${override.path.join('.')}`
      problems.add(placeOf(override), element, `${other.from} and ${override.from} both set it`, { allowed: 'one of the two' })
    }
  }
  return dataOf([...taken.values()], 0)
}

function pathOf(name: string, separator: string): string[] {
  const parts = name.split(separator)
  return parts[0] === 'properties' ? ['properties', parts.slice(1).join('.')] : parts
}

const placeOf = ({ from }: Override) => ({ file: from, line: 0, column: 0, override: true as const })

/** @param depth names of every path that led here */
function dataOf(overrides: readonly Override[], depth: number): Data {
  const place = overrides[0] === undefined ? { file: 'the environment', line: 0, column: 0 } : placeOf(overrides[0])
  const textOf = (of: Override): Data => ({ kind: 'text', place: placeOf(of), xml: false, text: of.value.trim() })
  const [only] = overrides
  if (overrides.length === 1 && only?.path.length === depth) return textOf(only)
  const byName = new Map<string, Override[]>()
  for (const override of overrides) gather(byName, plain(override.path[depth] ?? TEXT), override)
  const entries = [...byName].map(([key, of]): Entry => {
    const [first] = of as [Override]
    const name = first.path[depth]
    const place = placeOf(first)
    return name === undefined ? { name: key, place, value: textOf(first) } : { name, place, value: dataOf(of, depth + 1) }
  })
  return { kind: 'map', place, xml: false, entries }
}
