/** The application's functions, for members that run without the application: a module named on the command line. */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { StartOptions } from 'cobnut'
import { CommandError, exitCode } from './exit.js'

export type ApplicationCode = Pick<StartOptions, 'entryProcessors' | 'interceptors' | 'comparators'>

const names = ['entryProcessors', 'interceptors', 'comparators'] as const

/** @param file an ES module that exports some of `entryProcessors`, `interceptors` and `comparators`: objects with what they hold by name. */
export async function loadCode(file: string): Promise<ApplicationCode> {
  let module: Record<string, unknown>
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError(`the code in ${file} cannot be loaded: ${why}`, { exitCode: exitCode.usage, cause })
  }
  if (!names.some(name => name in module)) {
    throw new CommandError(`${file} exports neither ${names.join(' nor ')}`, { exitCode: exitCode.usage })
  }
  return Object.fromEntries(names.flatMap(name => (name in module ? [[name, module[name]]] : [])))
}
