/** The face of the room. */

export type { Problem } from './data-tree.js'
export { type ConfigInput, type ConfigSource, type ConfigWorld, checkConfig, formatProblems, loadConfig } from './load.js'
export { mapConfigFor } from './lookup.js'
