/** The face of the room. */

export type { ConfigWorld } from './files.js'
export { type Checked, type ConfigSource, checkConfig, defaultConfig, loadConfig } from './load.js'
export { mapConfigFor } from './lookup.js'
export type { ConfigInput, MapInput, NetworkInput } from './object-front.js'
export { formatProblems, type Problem } from './problems.js'
