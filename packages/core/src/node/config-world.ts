/** Where configuration comes from in a Node process: files, the environment, and `--property` of the command line. */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ConfigWorld } from '../config/index.js'

export function nodeConfigWorld(properties: Readonly<Record<string, string>> = {}): ConfigWorld {
  return {
    async readText(path) {
      try {
        return await readFile(path, 'utf8')
      } catch {
        // absent, a folder, or not allowed: for the one who asked it is not there
        return null
      }
    },
    environment: process.env,
    properties,
    resolve: (path, from) => (from === undefined ? resolve(path) : resolve(dirname(from), path)),
  }
}
