/** Which configuration belongs to a map: its exact name, else the best pattern, else `default`. */

import type { Config, MapConfig } from '../api/config.js'
import { CobnutError } from '../base/errors.js'

/** Throws CONFIG_INVALID when two patterns fit equally well. */
export function mapConfigFor(config: Config, name: string): MapConfig {
  const [base] = name.split('@') as [string]
  const exact = config.maps.get(base)
  if (exact !== undefined) return exact
  let best: MapConfig | null = null
  let score = -1
  let rival = ''
  for (const [pattern, map] of config.maps) {
    const star = pattern.indexOf('*')
    if (star === -1) continue
    const [prefix, suffix] = [pattern.slice(0, star), pattern.slice(star + 1)]
    if (!base.startsWith(prefix) || !base.endsWith(suffix)) continue
    const points = prefix.length + suffix.length
    if (points === score) rival = pattern
    if (points <= score) continue
    score = points
    best = map
    rival = ''
  }
  if (best !== null && rival !== '') {
    throw new CobnutError('CONFIG_INVALID', `the patterns "${best.name}" and "${rival}" fit the map "${base}" equally well`, {
      map: base,
    })
  }
  return best ?? (config.maps.get('default') as MapConfig)
}
