/**
 * `cobnut chaos`: a cluster of its own on this machine, with the user's configuration, under faults; every answer is checked. The
 * map is filled with values of chaos alone: no cluster that runs already is touched.
 */

import { runChaos } from 'cobnut/chaos'
import { CommandError, exitCode } from '../exit.js'
import { type Terminal, writeLine } from '../terminal.js'

export interface ChaosFlags {
  readonly config: string
  readonly map: string
  readonly members: number
  readonly seconds: number
  readonly clients: number
  readonly seed?: number
  readonly json?: boolean
}

/** @returns 0, or 1 where an answer was wrong or the cluster did not become whole again. */
export async function chaos(flags: ChaosFlags, { out, err }: Terminal): Promise<number> {
  const { config: file, map, members, seconds, clients, json = false } = flags
  const seed = flags.seed ?? Date.now() % 1_000_000
  const onLine = (text: string): void => writeLine(json ? err : out, text)
  onLine(`${members} members for ${seconds} s, seed ${seed}`)
  const options = { file, map, members, seconds, clients, seed, backupCount: 1, kinds: [], logs: null, onLine }
  const report = await runChaos(options).catch((error: unknown) => {
    // a member process that did not start has sent its whole stack
    throw new CommandError(String(error).split('\n    at ')[0] as string, { cause: error })
  })
  if (json) writeLine(out, JSON.stringify(report))
  else {
    for (const [kind, { times, waitP50Ms, waitMaxMs }] of Object.entries(report.faults)) {
      writeLine(out, `${kind.padEnd(8)} ${times} times; calls waited up to ${waitP50Ms} ms (median), ${waitMaxMs} ms (most)`)
    }
    writeLine(out, `${report.calls} calls of ${report.keys.linearizable} keys, ${report.violations.length} violations`)
  }
  for (const text of report.violations) writeLine(err, text)
  return report.violations.length > 0 ? exitCode.failure : exitCode.ok
}
