/** A world of files in a record, for tests that read configurations. */

import { type ConfigSource, type ConfigWorld, checkConfig, loadConfig } from '../../../src/config/index.js'

export interface WorldParts {
  readonly files?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly properties?: Readonly<Record<string, string>>
}

const world = ({ files = {}, environment = {}, properties = {} }: WorldParts = {}): ConfigWorld => ({
  readText: async path => files[path] ?? null,
  environment,
  properties,
  // as path.resolve does, for names without dots
  resolve: (path, from) =>
    path.startsWith('/') || !from?.includes('/') ? path : `${from.slice(0, from.lastIndexOf('/'))}/${path}`,
})

export const load = (source: ConfigSource, parts?: WorldParts) => loadConfig(source, world(parts))
export const check = (source: ConfigSource, parts?: WorldParts) => checkConfig(source, world(parts))
/** Line 2 is the first of `inner`. */
export const xml = (inner: string): ConfigSource => ({ text: `<hazelcast>\n${inner}\n</hazelcast>` })
export const map = (inner: string): ConfigSource => xml(`<map name="u">${inner}</map>`)
