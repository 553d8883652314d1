/** Files of a configuration as one tree: found, read, their variables replaced and their imports put in their place. */

import { type Data, type Entry, emptyMap, type Place } from './data-tree.js'
import { fileBytesMax } from './limits.js'
import type { Problems } from './problems.js'
import type { WithoutEffect } from './reader.js'
import { readXml } from './xml-front.js'
import { readYaml } from './yaml-front.js'

/** What the configuration needs of the world. */
export interface ConfigWorld {
  /** Null: there is no such file. Rejects, saying why, when there is one that is too large or cannot be read. */
  readText(path: string, bytesMax: number): Promise<string | null>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of the start: they stand for `${name}`, set elements as `hz.cluster-name`, and fill in <properties>. */
  readonly properties: Readonly<Record<string, string>>
  /** `path` as seen from the folder of the file `from`, or from the working directory. */
  resolve(path: string, from?: string): string
}

export type Format = 'xml' | 'yaml'

/** Files that one configuration may consist of. */
const filesMax = 100
const usualPlaces: readonly string[] = ['hazelcast.xml', 'hazelcast.yaml', 'hazelcast.yml']

export class ConfigFiles {
  readonly withoutEffect: WithoutEffect[] = []
  readonly #world: ConfigWorld
  readonly #problems: Problems
  readonly #read = new Set<string>()

  constructor(world: ConfigWorld, problems: Problems) {
    this.#world = world
    this.#problems = problems
  }

  /** Null: the world names no file, and there is none in the usual places. */
  async found(): Promise<Data | null> {
    const named = this.#world.properties['hazelcast.config'] ?? this.#world.environment.HAZELCAST_CONFIG
    if (named !== undefined && named !== '') return this.file(named)
    for (const name of usualPlaces) {
      const path = this.#world.resolve(name)
      const text = await this.#text(path, { file: path, line: 0, column: 0 })
      if (text !== null) return this.#parsed(text, path, path)
    }
    return null
  }

  /** @param from the import, and the file in which it stands */
  async file(name: string, from?: { readonly place: Place; readonly folder: string | undefined }): Promise<Data> {
    const path = this.#world.resolve(name, from?.folder)
    const place = from?.place ?? { file: path, line: 0, column: 0 }
    const refuse = (message: string, allowed: string): Data => {
      this.#problems.add(place, from === undefined ? 'hazelcast' : 'hazelcast.import', message, { allowed })
      return emptyMap(place)
    }
    if (this.#read.has(path)) return refuse(`${path} is imported by itself, or again`, 'each file once')
    if (this.#read.size >= filesMax) return refuse(`${path} is one file too many`, `at most ${filesMax} files`)
    if (formatOf(path) === null) return refuse(`${path} is neither XML nor YAML by its name`, '.xml, .yaml, .yml or .json')
    const text = await this.#text(path, place)
    return text === null ? refuse(`${path} cannot be read`, 'a file that exists') : this.#parsed(text, path, path)
  }

  /** A text that is no file: its imports are seen from the working directory. */
  async text(text: string, format: Format | undefined): Promise<Data> {
    const guess = text.trimStart().startsWith('<') ? 'xml' : 'yaml'
    return this.#parsed(text, 'the text', undefined, format ?? guess)
  }

  /** What cannot be read is a problem, and then an empty file: it was meant, and must not be passed over. */
  async #text(path: string, place: Place): Promise<string | null> {
    try {
      return await this.#world.readText(path, fileBytesMax)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#problems.add(place, 'hazelcast', `${path} cannot be read: ${why}`, { allowed: 'a file of text in UTF-8' })
      return ''
    }
  }

  async #parsed(text: string, name: string, path: string | undefined, format: Format = formatOf(name) ?? 'xml'): Promise<Data> {
    const place = { file: name, line: 1, column: 1 }
    if (path !== undefined) this.#read.add(path)
    if (text.length > fileBytesMax) {
      const message = `there are ${text.length} characters`
      this.#problems.add(place, 'hazelcast', message, { allowed: `at most ${fileBytesMax}` })
      return emptyMap(place)
    }
    const data = format === 'xml' ? await readXml(text, name, this.#problems) : await readYaml(text, name, this.#problems)
    return data === null ? emptyMap(place) : this.#withImports(this.#replaced(data, 'hazelcast'), path)
  }

  /** The content of an imported file stands where the import stood. */
  async #withImports(data: Data, folder: string | undefined): Promise<Data> {
    if (data.kind !== 'map') return data
    const entries: Entry[] = []
    for (const entry of data.entries) {
      if (entry.name !== 'import') entries.push(entry)
      else {
        for (const resource of resourcesOf(entry.value)) {
          const imported = await this.#imported(resource, entry.place, folder)
          if (imported.kind === 'map') entries.push(...imported.entries)
        }
      }
    }
    return { ...data, entries }
  }

  async #imported(resource: string, place: Place, folder: string | undefined): Promise<Data> {
    const [, scheme, rest = ''] = /^(?:(file|classpath|[a-z][a-z+.-]+):(?:\/\/)?)?(.*)$/s.exec(resource.trim()) ?? []
    if (rest !== '' && (scheme === undefined || scheme === 'file' || scheme === 'classpath')) {
      return this.file(rest, { place, folder })
    }
    const message = rest === '' ? 'it does not say which file' : `${resource} is not imported from where it is`
    this.#problems.add(place, 'hazelcast.import', message, { allowed: 'a file by its path' })
    return emptyMap(place)
  }

  /** `${name}`: a property of the start, or a variable of the environment. */
  #replaced(data: Data, path: string): Data {
    switch (data.kind) {
      case 'map':
        return { ...data, entries: data.entries.map(e => ({ ...e, value: this.#replaced(e.value, `${path}.${e.name}`) })) }
      case 'list':
        return { ...data, items: data.items.map((item, i) => this.#replaced(item, `${path}[${i}]`)) }
      case 'text':
        return data.text.includes('${') ? { ...data, text: this.#replacedText(data.text, path) } : data
    }
  }

  #replacedText(text: string, path: string): string {
    return text.replace(/\$\{([^{}]*)\}/g, (whole, name: string) => {
      const value = ownValue(this.#world.properties, name) ?? ownValue(this.#world.environment, name)
      if (value === undefined) this.withoutEffect.push({ path, reason: `${whole} stands as it is: nothing of this name is set` })
      return value ?? whole
    })
  }
}

const ownValue = (values: Readonly<Record<string, string | undefined>>, name: string): string | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined

function formatOf(path: string): Format | null {
  if (/\.xml$/i.test(path)) return 'xml'
  return /\.(ya?ml|json)$/i.test(path) ? 'yaml' : null
}

function resourcesOf(data: Data): string[] {
  if (data.kind === 'text') return [data.text]
  if (data.kind === 'list') return data.items.flatMap(resourcesOf)
  return data.entries.filter(e => e.name === 'resource').flatMap(e => resourcesOf(e.value))
}
