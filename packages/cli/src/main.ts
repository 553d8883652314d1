/** The `cobnut` command: runs what the command line says and turns every ending into an exit code and one message. */

import { readFileSync } from 'node:fs'
import { isCobnutError } from 'cobnut'
import { CommanderError } from 'commander'
import { CommandError, exitCode } from './exit.js'
import { createProgram } from './program.js'
import { processTerminal, type Terminal, writeLine } from './terminal.js'

/** After the command is done its process ends by itself; what keeps it alive longer than this is cut off. */
const lingerMs = 1_000

function ownVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCode.ok
  try {
    const program = createProgram(terminal, ownVersion(), done => {
      code = done
    })
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return failed(error, terminal)
  }
}

function failed(error: unknown, { err, colours }: Terminal): number {
  // commander has already said what is wrong, and shown the help that was asked for
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof CommandError) {
    writeLine(err, `${colours.red('cobnut:')} ${text}`)
    return error.exitCode
  }
  if (isCobnutError(error)) {
    const isConfig = error.code === 'CONFIG_INVALID'
    writeLine(err, `${colours.red('cobnut:')} ${text}${isConfig ? '' : ` (${error.code})`}`)
    return isConfig ? exitCode.usage : exitCode.failure
  }
  writeLine(err, `${colours.red('cobnut:')} ${error instanceof Error ? (error.stack ?? text) : text}`)
  return exitCode.failure
}

process.exitCode = await run(process.argv.slice(2), processTerminal())
setTimeout(() => process.exit(), lingerMs).unref()
