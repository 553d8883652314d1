/**
 * Which configuration belongs to a map: what this member's file says, else what was added while the cluster runs, which is part
 * of the cluster state, so that every member, and one that joins later, says the same.
 */

import type { Config, MapConfig, MapConfigInput } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { defaultConfig, type MapInput, mapConfigFor } from '../config/index.js'
import type { ControlPlane } from '../control/control-plane.js'
import { differences, settingsOf } from '../control/map-settings.js'

export class MapConfigs {
  readonly #own: Config
  readonly #control: ControlPlane
  #added: ReadonlyMap<string, string> = new Map()
  /** `#own` with what was added. */
  #all: Config

  constructor(own: Config, control: ControlPlane) {
    this.#own = own
    this.#all = own
    this.#control = control
  }

  /** Throws CONFIG_INVALID when two patterns fit equally well. */
  of(map: string): MapConfig {
    return mapConfigFor(this.#current(), map)
  }

  #current(): Config {
    const { mapConfigs } = this.#control.state()
    if (mapConfigs !== this.#added) {
      const added = [...mapConfigs].map(([name, text]) => [name, validated(name, JSON.parse(text) as MapInput)] as const)
      this.#all = { ...this.#own, maps: new Map([...added, ...this.#own.maps]) }
      this.#added = mapConfigs
    }
    return this.#all
  }

  async add(name: string, given: MapConfigInput): Promise<void> {
    const config = validated(name, inputOf(given))
    const own = this.#own.maps.get(name)
    if (own !== undefined && textOf(own) !== textOf(config)) {
      throw new CobnutError('CONFIG_INVALID', `the file of this member says something else of the map ${name}`)
    }
    const inUse = this.#control.state().maps.get(name)?.settings
    if (inUse !== undefined && differences(inUse, settingsOf(config)).length > 0) {
      throw new CobnutError('CONFIG_INVALID', `the map ${name} is in use with other settings`)
    }
    // every member that starts from now on would find two patterns for a map that is there
    const all = { ...this.#current(), maps: new Map([[name, config], ...this.#current().maps]) }
    for (const map of this.#control.state().maps.keys()) mapConfigFor(all, map)
    const [outcome] = await this.#control.propose([{ type: 'addMapConfig', name, config: textOf(config) }])
    if (outcome?.accepted) return
    if (this.#control.state().mapConfigs.has(name)) {
      throw new CobnutError('CONFIG_INVALID', `another configuration was added for the map ${name}`)
    }
    throw new CobnutError('OVERLOADED', 'the cluster has no room for more configurations')
  }
}

/** As a file is checked. Throws CONFIG_INVALID with every problem. */
function validated(name: string, input: MapInput): MapConfig {
  if (name === '' || name === 'default' || name.split('*').length > 2) {
    throw new CobnutError('CONFIG_INVALID', `"${name}" is no name of a map, and no pattern with one *`)
  }
  return defaultConfig({ maps: { [name]: input } }).maps.get(name) as MapConfig
}

function inputOf({ indexes = [], ...config }: MapConfigInput): MapInput {
  return {
    ...config,
    indexes: indexes.map(({ uniqueKey, uniqueKeyTransformation, ...index }) => {
      const bitmapIndexOptions = { uniqueKey, uniqueKeyTransformation }
      return uniqueKey === undefined && uniqueKeyTransformation === undefined ? index : { ...index, bitmapIndexOptions }
    }),
  } as MapInput
}

/** Equal for equal configurations: everything is said, in one order. */
function textOf(config: MapConfig): string {
  const { backupCount, asyncBackupCount, readBackupData, timeToLiveSeconds, maxIdleSeconds, statisticsEnabled } = config
  const { perEntryStatsEnabled, inMemoryFormat, eviction, indexes, mergePolicy } = config
  const counts = { backupCount, asyncBackupCount, readBackupData, timeToLiveSeconds, maxIdleSeconds, statisticsEnabled }
  return JSON.stringify(inputOf({ ...counts, perEntryStatsEnabled, inMemoryFormat, eviction, indexes, mergePolicy }))
}
