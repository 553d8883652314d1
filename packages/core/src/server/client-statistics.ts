/**
 * What clients report of themselves every few seconds: one line of `name=value,name=value`, with a backslash before what is
 * not meant as punctuation. Names of near caches are in it as `nc.NAME.metric`.
 */

import type { ClientStatistics, NearCacheStats } from '../api/member.js'

/** A report that is longer is cut: it is kept for every connection. */
const textLengthMax = 65_536
const nearCachePrefix = 'nc.'

export function clientStatistics(reportedAtMs: number, text: string): ClientStatistics {
  const attributes: Record<string, string> = {}
  const nearCaches = new Map<string, Map<string, number>>()
  for (const item of splitAt(text.slice(0, textLengthMax), ',')) {
    const [name = '', ...rest] = splitAt(item, '=')
    const value = plain(rest.join('='))
    if (!name.startsWith(nearCachePrefix)) {
      if (name !== '') attributes[plain(name)] = value
      continue
    }
    const dot = name.lastIndexOf('.')
    if (dot < nearCachePrefix.length) continue
    const map = plain(name.slice(nearCachePrefix.length, dot))
    const figures = nearCaches.get(map) ?? new Map<string, number>()
    nearCaches.set(map, figures.set(name.slice(dot + 1), Number(value)))
  }
  return { reportedAtMs, attributes, nearCaches: [...nearCaches].map(([map, figures]) => nearCacheStats(map, figures)) }
}

function nearCacheStats(map: string, figures: ReadonlyMap<string, number>): NearCacheStats {
  const figure = (name: string): number => {
    const value = figures.get(name) ?? 0
    return Number.isFinite(value) ? value : 0
  }
  return {
    map,
    entries: figure('ownedEntryCount'),
    hits: figure('hits'),
    misses: figure('misses'),
    evictions: figure('evictions'),
    expirations: figure('expirations'),
    createdAtMs: figure('creationTime'),
  }
}

/** At each separator that has no backslash before it. */
function splitAt(text: string, separator: string): string[] {
  const parts: string[] = []
  let from = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === separator) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  return [...parts, text.slice(from)]
}

const plain = (text: string): string => text.replaceAll(/\\(.)/g, '$1')
