/** The arguments of `npm run sim`. */

import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { type FaultKind, faultKinds } from './faults.js'
import { plants } from './plants.js'
import { rules } from './rules.js'

const usage = `npm run sim -- [options]
  --seconds N    run for so long; default 20
  --seeds N      run so many seeds instead
  --from S       the first seed; default: drawn from the time
  --seed S       run only this one
  --trace        with --seed: print what happens
  --keep-going   do not stop at the first violation
  --plant NAME   plant a fault into the members: ${Object.keys({ ...plants, ...rules }).join(', ')}
  --aim KIND     one kind of fault in every seed, often, and two others at most: ${faultKinds.join(', ')}
  --mutants      plant every one of them in turn, and see that it is found within its budget of seeds
  --workers N    processes; default: one for each core
  --commit SHA   run only if this commit is checked out: a seed means nothing on another one; HEAD is whatever is.
                 Without --from the first seed is drawn from it
  --resume FILE  write down what is done, and do not do again what is written there; with --from and --seeds`

export interface RunOptions {
  readonly seconds: number
  readonly seeds: number | null
  readonly from: number
  readonly seed: number | null
  readonly trace: boolean
  readonly keepGoing: boolean
  readonly plant: string | undefined
  readonly aim: FaultKind | undefined
  readonly workers: number
  /** What is checked out; empty where git does not say. */
  readonly commit: string
  /** File of what is done; undefined: nothing is written down. */
  readonly resume: string | undefined
  readonly isWorker: boolean
  readonly mutants: boolean
}

/** The options, or what to print instead of running, which is an error unless help was asked for. */
export function parseCommandLine(args: readonly string[]): RunOptions | { readonly print: string; readonly exitCode: 0 | 2 } {
  const refuse = (text: string): { print: string; exitCode: 2 } => ({ print: `${text}\n\n${usage}`, exitCode: 2 })
  let values: ReturnType<typeof parse>
  try {
    values = parse(args)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  if (values.help) return { print: usage, exitCode: 0 }
  const numbers = { seconds: 20, seeds: -1, from: Date.now() % 1_000_000_000, seed: -1, workers: availableParallelism() }
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const text = values[name]
    if (text === undefined) continue
    if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffffffff) return refuse(`--${name} takes a whole number, not "${text}"`)
    numbers[name] = Number(text)
  }
  if (values.trace && values.seed === undefined) return refuse('--trace needs --seed')
  if (values.plant !== undefined && !(values.plant in plants || values.plant in rules))
    return refuse(`there is no fault named "${values.plant}"`)
  const aim = faultKinds.find(kind => kind === values.aim)
  if (values.aim !== undefined && aim === undefined) return refuse(`there is no kind of fault named "${values.aim}"`)
  const commit = values.worker ? '' : commitHere()
  if (
    values.commit !== undefined &&
    values.commit !== 'HEAD' &&
    !(commit !== '' && commit.startsWith(values.commit.slice(0, commit.length)))
  ) {
    return refuse(`${values.commit} is not checked out; here is ${commit || 'no commit'}`)
  }
  if (values.commit !== undefined && values.from === undefined) numbers.from = Number.parseInt(commit.slice(0, 8), 16) || 0
  if (values.resume !== undefined && (values.from === undefined || values.seeds === undefined))
    return refuse('--resume needs --from and --seeds: only then is it the same run')
  return {
    seconds: numbers.seconds,
    seeds: numbers.seeds < 0 ? null : numbers.seeds,
    from: numbers.from,
    seed: numbers.seed < 0 ? null : numbers.seed,
    trace: values.trace,
    keepGoing: values['keep-going'],
    plant: values.plant,
    aim,
    workers: Math.max(1, numbers.workers),
    commit,
    resume: values.resume,
    isWorker: values.worker,
    mutants: values.mutants,
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      plant: { type: 'string' },
      aim: { type: 'string' },
      workers: { type: 'string' },
      commit: { type: 'string' },
      resume: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      worker: { type: 'boolean', default: false },
    },
  }).values
}

function commitHere(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
