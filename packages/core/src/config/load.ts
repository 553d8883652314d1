/** From wherever a configuration is written to the one validated value. */

import type { Config } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { buildConfig, type RootValue } from './build.js'
import { type Data, type Entry, emptyMap, type Place } from './data-tree.js'
import { mapSection } from './elements/map.js'
import { rootSection } from './elements/root.js'
import { ConfigFiles, type ConfigWorld, type Format } from './files.js'
import { nearest } from './nearest.js'
import { type ConfigInput, objectPlace, readObject } from './object-front.js'
import { overridesFrom } from './overrides.js'
import { type Advice, formatProblems, type Problem, Problems } from './problems.js'
import { knobsOf } from './properties.js'
import { readBy, type WithoutEffect } from './reader.js'
import { securityOf } from './security.js'
import { tlsOf } from './tls.js'

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
  /** Null: there are problems. */
  readonly config: Config | null
  readonly problems: readonly Problem[]
  readonly withoutEffect: readonly WithoutEffect[]
}

/** Throws CONFIG_INVALID with every problem in `details.problems`. */
export async function loadConfig(source: ConfigSource, world: ConfigWorld): Promise<Config> {
  return configOf(await checkConfig(source, world))
}

/** What an object says, and nothing else: no file, no environment. Throws CONFIG_INVALID. */
export function defaultConfig(input: ConfigInput = {}): Config {
  const problems = new Problems()
  return configOf(checked([readObject(input, problems)], [], problems))
}

export async function checkConfig({ file, text, format, search, ...input }: ConfigSource, world: ConfigWorld): Promise<Checked> {
  const problems = new Problems()
  const files = new ConfigFiles(world, problems)
  const written: (Data | null)[] = [fromStart(world)]
  if (text !== undefined) written.push(await files.text(text, format))
  else if (file !== undefined) written.push(await files.file(file))
  else if (search ?? Object.values(input).every(value => value === undefined)) written.push(await files.found())
  const layers = [...written, readObject(input, problems), overridesFrom(world.environment, world.properties, problems)]
  return checked(
    layers.filter(layer => layer !== null),
    files.withoutEffect,
    problems,
  )
}

function configOf({ config, problems }: Checked): Config {
  if (config === null) throw new CobnutError('CONFIG_INVALID', formatProblems(problems), { problems })
  return config
}

/** @param layers from the weakest to the strongest */
function checked(layers: readonly Data[], kept: readonly WithoutEffect[], problems: Problems): Checked {
  const { value, withoutEffect, places } = readBy(rootSection, layers, 'hazelcast', problems)
  const defaultMap = readBy(mapSection, [emptyMap(objectPlace)], 'hazelcast.map[default]', problems).value
  const properties = knobsOf(value.properties, path => places.get(path) ?? objectPlace, problems)
  const all = [...kept, ...withoutEffect, ...properties.withoutEffect]
  const reportAt = (root: string) => (path: string, message: string, advice: Advice) =>
    problems.add(placeIn(places, `${root}${path}`), `${root}${path}`, message, advice)
  checkPatterns(value, reportAt('hazelcast.map'))
  checkReferences(value, reportAt('hazelcast.map'))
  const ssl = 'hazelcast.network.ssl'
  const tls = tlsOf(value.network.ssl, reportAt(ssl), (path, reason) => all.push({ path: `${ssl}${path}`, reason }))
  const security = securityOf(value.security, value.properties, tls, reportAt('hazelcast.security'))
  const config = buildConfig(value, defaultMap, { knobs: properties.knobs, tls, security, withoutEffect: all })
  return { config: problems.isEmpty ? config : null, problems: problems.list(), withoutEffect: all }
}

/** A second star would stand for itself, and the pattern for no map that anybody means. */
function checkPatterns(root: RootValue, report: (path: string, message: string, advice: Advice) => void): void {
  for (const name of root.map.keys()) {
    if (name.split('*').length > 2)
      report(`[${name}]`, 'the name has more than one *', { allowed: 'a name, or a pattern with one *' })
  }
}

/** A map that asks for a protection by a wrong name would have none. */
function checkReferences(root: RootValue, report: (path: string, message: string, advice: Advice) => void): void {
  const names = [...root['split-brain-protection'].keys()]
  for (const [map, { 'split-brain-protection-ref': ref }] of root.map) {
    if (ref === undefined || names.includes(ref)) continue
    const meant = nearest(ref, names)
    const allowed = names.length === 0 ? 'the name of a split-brain-protection' : names.join(', ')
    const advice = { allowed, ...(meant === null ? {} : { didYouMean: meant }) }
    report(`[${map}].split-brain-protection-ref`, `there is no split-brain-protection "${ref}"`, advice)
  }
}

/** Of the path, or of the innermost thing around it that is written somewhere. */
function placeIn(places: ReadonlyMap<string, Place>, path: string): Place {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const place = places.get(at)
    if (place !== undefined) return place
  }
  return objectPlace
}

/** Properties of the start stand for those that nobody sets. */
function fromStart({ properties }: ConfigWorld): Data {
  const place = { file: 'the properties of the start', line: 0, column: 0 }
  const own = Object.entries(properties).filter(([name]) => /^(hazelcast|cobnut)\./.test(name) && name !== 'hazelcast.config')
  const entries = own.map(([name, text]): Entry => ({ name, place, value: { kind: 'text', place, xml: false, text } }))
  return { ...emptyMap(place), entries: [{ name: 'properties', place, value: { ...emptyMap(place), entries } }] }
}
