/** From wherever a configuration is written to the one validated value. */

import type { Config } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { buildConfig } from './build.js'
import { type Data, dataOf, type Entry, merged, type Place, type Problem } from './data-tree.js'
import { type Format, objection } from './limits.js'
import { overridesFrom } from './overrides.js'
import { readBy, type Value } from './reader.js'
import { mapFields, rootSpec } from './table.js'
import { readXml } from './xml-front.js'
import { readYaml } from './yaml-front.js'

/** What the configuration needs of the world. */
export interface ConfigWorld {
  /** Null: there is no such file. */
  readText(path: string): Promise<string | null>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly properties: Readonly<Record<string, string>>
  /** `path` as seen from the folder of `from`, or from the working directory. */
  resolve(path: string, from?: string): string
}

type Text = string | number | boolean

export interface MapInput {
  readonly backupCount?: number
  readonly asyncBackupCount?: number
  readonly readBackupData?: boolean
  readonly timeToLiveSeconds?: number
  readonly maxIdleSeconds?: number
  readonly statisticsEnabled?: boolean
  readonly perEntryStatsEnabled?: boolean
  readonly inMemoryFormat?: 'BINARY' | 'OBJECT'
}

/** A typed configuration. What is not said has its default; every element of the reference may be given in camelCase. */
export interface ConfigInput {
  readonly clusterName?: string
  readonly instanceName?: string
  readonly liteMember?: boolean
  readonly network?: {
    readonly port?: number
    readonly portAutoIncrement?: boolean
    readonly portCount?: number
    readonly publicAddress?: string
    readonly interfaces?: { readonly enabled?: boolean; readonly interfaces?: readonly string[] }
    readonly join?: {
      readonly autoDetection?: { readonly enabled?: boolean }
      readonly multicast?: { readonly enabled?: boolean; readonly multicastGroup?: string; readonly multicastPort?: number }
      readonly tcpIp?: { readonly enabled?: boolean; readonly members?: readonly string[] }
      readonly dns?: { readonly enabled?: boolean; readonly name?: string; readonly port?: number }
    }
  }
  readonly partitionGroup?: { readonly enabled?: boolean; readonly groupType?: 'PER_MEMBER' | 'HOST_AWARE' }
  /** By name, by pattern with one `*`, or `default`. */
  readonly maps?: Readonly<Record<string, MapInput>>
  readonly properties?: Readonly<Record<string, Text>>
}

/** A file, a text, or an object; with a file or text, the rest of the object wins over it. Nothing: the usual places. */
export type ConfigSource = ConfigInput & {
  readonly file?: string
  readonly text?: string
  /** Of `text`. Default: `xml` when it begins with `<`. */
  readonly format?: Format
  /** Look in the usual places although something is said here, which then wins. Default: only if nothing is. */
  readonly search?: boolean
}

export interface Checked {
  readonly config: Config | null
  readonly problems: readonly Problem[]
  readonly withoutEffect: Config['withoutEffect']
}

const usualPlaces: readonly string[] = ['hazelcast.xml', 'hazelcast.yaml', 'hazelcast.yml']
const importsMax = 100

/** Throws CONFIG_INVALID with every problem in `details.problems`. */
export async function loadConfig(source: ConfigSource, world: ConfigWorld): Promise<Config> {
  const { config, problems } = await checkConfig(source, world)
  if (config === null || problems.length > 0) throw new CobnutError('CONFIG_INVALID', formatProblems(problems), { problems })
  return config
}

export async function checkConfig(source: ConfigSource, world: ConfigWorld): Promise<Checked> {
  const loader = new Loader(world)
  const data = await loader.read(source)
  const { value, problems, withoutEffect } = readBy(rootSpec, data, 'hazelcast')
  const all = [...loader.problems, ...problems]
  const built = buildConfig(
    value as { readonly [name: string]: Value },
    [...loader.withoutEffect, ...withoutEffect],
    mapDefaults(),
  )
  // a rule over several elements has the place of the element that holds them
  for (const problem of built.problems) all.push({ ...(placeOf(data, problem.element) ?? data.place), ...problem })
  return { config: all.length === 0 ? built.config : null, problems: all, withoutEffect: built.withoutEffect }
}

const mapDefaults = (): { readonly [name: string]: Value } => {
  const nothing: Data = { kind: 'map', place: nowhere, entries: [] }
  return readBy({ kind: 'section', fields: mapFields }, nothing, '').value as { readonly [name: string]: Value }
}

const nowhere: Place = { file: '', line: 0, column: 0 }

/** Every problem on lines of its own: where, what, and what is allowed. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.map(p => {
    const where = p.line > 0 ? `${p.file}:${p.line}:${p.column}` : p.file
    const more = [p.allowed && `allowed: ${p.allowed}`, p.didYouMean && `did you mean "${p.didYouMean}"?`].filter(Boolean)
    return `${where}: ${p.element}: ${p.message}${more.length === 0 ? '' : `\n    ${more.join('; ')}`}`
  })
  return `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`
}

/** Finds `hazelcast.map[users]` again. */
function placeOf(data: Data, path: string): Place | null {
  const name = /\[(.*)\]$/.exec(path)?.[1]
  const of = path.split(/[.[]/)[1]
  if (data.kind !== 'map' || name === undefined) return null
  for (const entry of data.entries) {
    if (entry.name !== of && entry.name !== `${of}s`) continue
    if (entry.value.kind !== 'map') continue
    const own = entry.value.entries.find(e => e.name === 'name' && e.value.kind === 'text' && e.value.text === name)
    if (own !== undefined) return entry.place
    const inner = entry.value.entries.find(
      e =>
        e.name === name ||
        (e.value.kind === 'map' &&
          e.value.entries.some(n => n.name === 'name' && n.value.kind === 'text' && n.value.text === name)),
    )
    if (inner !== undefined) return inner.place
  }
  return null
}

class Loader {
  readonly problems: Problem[] = []
  readonly withoutEffect: { path: string; reason: string }[] = []
  readonly #world: ConfigWorld
  #imports = 0

  constructor(world: ConfigWorld) {
    this.#world = world
  }

  async read({ file, text, format, search, maps, ...input }: ConfigSource): Promise<Data> {
    const own = dataOf(
      { ...input, ...(maps === undefined ? {} : { map: maps }) },
      { ...nowhere, file: 'the configuration object' },
    )
    const written = await this.#written(file, text, format, search ?? (own.kind === 'map' && own.entries.length === 0))
    const overrides = overridesFrom(this.#world.environment, this.#world.properties)
    this.problems.push(...overrides.problems)
    return merged(merged(written, objectShape(own)), overrides.data)
  }

  async #written(file: string | undefined, text: string | undefined, format: Format | undefined, search: boolean): Promise<Data> {
    if (text !== undefined)
      return this.#parse(text, 'the text', format ?? (text.trimStart().startsWith('<') ? 'xml' : 'yaml'), [])
    const given = file ?? this.#world.properties['hazelcast.config'] ?? this.#world.environment.HAZELCAST_CONFIG
    if (given !== undefined) return this.#file(this.#world.resolve(given), [])
    for (const place of search ? usualPlaces : []) {
      const path = this.#world.resolve(place)
      if ((await this.#world.readText(path)) !== null) return this.#file(path, [])
    }
    return { kind: 'map', place: { ...nowhere, file: 'the defaults' }, entries: [] }
  }

  async #file(path: string, stack: readonly string[], from?: Entry): Promise<Data> {
    const place = from?.place ?? { file: path, line: 0, column: 0 }
    const nothing: Data = { kind: 'map', place, entries: [] }
    const format = /\.xml$/i.test(path) ? 'xml' : /\.(ya?ml|json)$/i.test(path) ? 'yaml' : null
    if (stack.includes(path) || ++this.#imports > importsMax) {
      this.problems.push({
        ...place,
        element: 'hazelcast.import',
        message: `${path} is imported by itself, or again`,
        allowed: 'each file once',
      })
      return nothing
    }
    if (format === null) {
      this.problems.push({
        ...place,
        element: 'hazelcast',
        message: `${path} is neither XML nor YAML by its name`,
        allowed: '.xml, .yaml, .yml or .json',
      })
      return nothing
    }
    const text = await this.#world.readText(path)
    if (text === null) {
      this.problems.push({ ...place, element: 'hazelcast', message: `${path} cannot be read`, allowed: 'a file that exists' })
      return nothing
    }
    return this.#parse(text, path, format, [...stack, path])
  }

  async #parse(text: string, file: string, format: Format, stack: readonly string[]): Promise<Data> {
    const refused = objection(text, format, file)
    const result =
      refused !== null ? { problem: refused } : format === 'xml' ? await readXml(text, file) : await readYaml(text, file)
    if ('problem' in result) {
      this.problems.push(result.problem)
      return { kind: 'map', place: { file, line: 1, column: 1 }, entries: [] }
    }
    return this.#withImports(this.#replaced(result.data), file, stack)
  }

  /** The content of an imported file stands where the import stood. */
  async #withImports(data: Data, file: string, stack: readonly string[]): Promise<Data> {
    if (data.kind !== 'map') return data
    const entries: Entry[] = []
    for (const entry of data.entries) {
      if (entry.name !== 'import') {
        entries.push(entry)
        continue
      }
      for (const resource of resourcesOf(entry.value)) {
        const path = this.#world.resolve(
          resource.replace(/^(file:|classpath:)(\/\/)?/, ''),
          stack.length === 0 ? undefined : file,
        )
        const imported = await this.#file(path, stack, entry)
        if (imported.kind === 'map') entries.push(...imported.entries)
      }
    }
    return { ...data, entries }
  }

  /** `${name}`: a property of the start, or a variable of the environment. */
  #replaced(data: Data): Data {
    switch (data.kind) {
      case 'map':
        return { ...data, entries: data.entries.map(e => ({ ...e, value: this.#replaced(e.value) })) }
      case 'list':
        return { ...data, items: data.items.map(item => this.#replaced(item)) }
      case 'text': {
        const text = data.text.replace(/\$\{([^{}]*)\}/g, (whole, name: string) => {
          const value = this.#world.properties[name] ?? this.#world.environment[name]
          if (value === undefined)
            this.withoutEffect.push({ path: whole, reason: 'no property or environment variable of this name; kept as it is' })
          return value ?? whole
        })
        return { ...data, text }
      }
    }
  }
}

function resourcesOf(data: Data): string[] {
  if (data.kind === 'text') return [data.text]
  if (data.kind === 'list') return data.items.flatMap(resourcesOf)
  return data.entries.filter(e => e.name === 'resource').flatMap(e => resourcesOf(e.value))
}

/** What an object may say more briefly than a file: the parts of the port side by side, and members that are meant when named. */
function objectShape(data: Data): Data {
  if (data.kind !== 'map') return data
  const portParts = data.entries.filter(e => ['portAutoIncrement', 'portCount'].includes(e.name))
  const entries = data.entries.flatMap((entry): readonly Entry[] => {
    if (portParts.includes(entry)) return []
    if (entry.name === 'network' || entry.name === 'join') return [{ ...entry, value: objectShape(entry.value) }]
    if (entry.name !== 'tcpIp' || entry.value.kind !== 'map' || entry.value.entries.some(e => e.name === 'enabled'))
      return [entry]
    const enabled: Entry = { name: 'enabled', place: entry.place, value: { kind: 'text', place: entry.place, text: 'true' } }
    return [{ ...entry, value: { ...entry.value, entries: [...entry.value.entries, enabled] } }]
  })
  if (portParts.length === 0) return { ...data, entries }
  const { place } = data
  const parts: Entry[] = portParts.map(e => ({ ...e, name: e.name === 'portCount' ? 'port-count' : 'auto-increment' }))
  const port = entries.find(e => e.name === 'port')
  if (port !== undefined) parts.push({ ...port, name: 'port' })
  return {
    ...data,
    entries: [...entries.filter(e => e !== port), { name: 'port', place, value: { kind: 'map', place, entries: parts } }],
  }
}
