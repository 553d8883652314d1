/** Where the repository is, for tests that look at it and not at what it computes. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'biome.json'))) folder = dirname(folder)
  return folder
}

export const root = repositoryRoot()

/** The scripts are plain JavaScript outside of this package: what they export is named by the caller. */
export const importScript = async <T>(path: string): Promise<T> => (await import(pathToFileURL(join(root, path)).href)) as T
