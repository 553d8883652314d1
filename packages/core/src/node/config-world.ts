/** Where configuration comes from in a Node process: files, the environment, and what a program gives. */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ConfigWorld } from '../config/index.js'

export function nodeConfigWorld(properties: Readonly<Record<string, string>> = {}): ConfigWorld {
  return {
    readText,
    environment: process.env,
    properties,
    resolve: (path, from) => (from === undefined ? resolve(path) : resolve(dirname(from), path)),
  }
}

/** Without waiting: opening a pipe that nobody writes to would not return. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

async function readText(path: string, bytesMax: number): Promise<string | null> {
  const file = await open(path, openFlags).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  })
  if (file === null) return null
  try {
    const stats = await file.stat()
    // a device has no end
    if (!stats.isFile()) throw new Error('it is not a file')
    if (stats.size > bytesMax) throw new Error(`it has ${stats.size} bytes, and ${bytesMax} are allowed`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile())
  } finally {
    await file.close()
  }
}
