/**
 * The command behind `npm run sim`: runs seeds until the time is over or the number is reached, in several processes, and
 * ends with one line of JSON. A seed that breaks a promise prints what was broken and the line that repeats it.
 */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseCommandLine, type RunOptions } from './command-line.js'
import { Journal } from './journal.js'
import { expectations, firstToFind } from './mutation-score.js'
import { runSeed } from './run-seed.js'
import { type SeedSummary, Totals } from './totals.js'
import { aimedPlan, featuresOf } from './variety.js'
import type { LogLine } from './world.js'

/** Every so many seeds one is run twice, and both runs must end with the same fingerprint. */
const REPEAT_ONE_IN = 20
/** Real time after which a seed counts as hanging. */
const SEED_HANGS_MS = 120_000
/** Lines printed of one violation. */
const LINES_SHOWN = 40

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** One seed, now and then twice. */
async function summaryOf(seed: number, options: RunOptions, onLog?: (line: LogLine) => void): Promise<SeedSummary> {
  const what = {
    seed,
    ...(options.plant === undefined ? {} : { plant: options.plant }),
    ...(options.aim === undefined ? {} : { plan: aimedPlan(seed, options.aim) }),
  }
  const report = await runSeed({ ...what, ...(onLog === undefined ? {} : { onLog }) })
  const violations: { promise: string; text: string }[] = [...report.violations]
  const repeated = seed % REPEAT_ONE_IN === 0
  if (repeated) {
    const again = await runSeed(what)
    if (again.fingerprint !== report.fingerprint) violations.push({ promise: 'repeatable', text: 'two runs of this seed differ' })
  }
  const { virtualMs, events, operations, unknown, undecided } = report
  const features = featuresOf(report.plan)
  return {
    seed,
    virtualMs,
    events,
    operations,
    unknown,
    undecided,
    features,
    repeated,
    faults: [...report.faults],
    violations,
  }
}

function traceLine({ atMs, host, level, event, fields }: LogLine): void {
  print(
    `${atMs.toFixed(3).padStart(11)} ${host.padEnd(5)} ${level === 'info' ? '' : `${level} `}${event} ${JSON.stringify(fields)}`,
  )
}

/** What makes other runs of the same seeds, as arguments. */
const aimsOf = ({ plant, aim }: RunOptions): string[] => [
  ...(plant === undefined ? [] : ['--plant', plant]),
  ...(aim === undefined ? [] : ['--aim', aim]),
]

function tell(summary: SeedSummary, options: RunOptions): void {
  for (const { promise, text } of summary.violations) {
    print(`seed ${summary.seed} breaks "${promise}": ${text.split('\n').slice(0, LINES_SHOWN).join('\n')}`)
  }
  if (summary.violations.length === 0) return
  const commit = options.commit === '' ? '' : ` --commit ${options.commit}`
  print(
    `repeat it: npm run sim -- --seed ${summary.seed} --trace${aimsOf(options)
      .map(text => ` ${text}`)
      .join('')}${commit}`,
  )
}

/** A child process that runs the seeds it is sent, one after the other. */
class Worker {
  readonly #options: RunOptions
  readonly #take: () => number | null
  readonly #onSummary: (summary: SeedSummary) => void

  constructor(options: RunOptions, take: () => number | null, onSummary: (summary: SeedSummary) => void) {
    this.#options = options
    this.#take = take
    this.#onSummary = onSummary
  }

  /** Resolves when there are no more seeds. */
  async run(): Promise<void> {
    for (let seed = this.#take(); seed !== null; ) seed = await this.#runFrom(seed)
  }

  /** Returns the seed to go on with in a new process after one that hung or killed its process; null at the end. */
  #runFrom(first: number): Promise<number | null> {
    const child = fork(fileURLToPath(import.meta.url), ['--worker', ...aimsOf(this.#options)], {
      // what one event leaves behind is dead at the next: a larger young generation saves a tenth of the time
      execArgv: [...process.execArgv, '--max-semi-space-size=64'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    return new Promise(resolve => {
      let seed: number | null = first
      let hanging: NodeJS.Timeout | undefined
      const next = (): void => {
        clearTimeout(hanging)
        if (seed === null) child.disconnect()
        else {
          child.send(seed)
          hanging = setTimeout(() => child.kill('SIGKILL'), SEED_HANGS_MS)
        }
      }
      child.on('message', message => {
        this.#onSummary(message as SeedSummary)
        seed = this.#take()
        next()
      })
      child.on('exit', (code, signal) => {
        clearTimeout(hanging)
        if (seed === null) return resolve(null)
        const text =
          signal === 'SIGKILL' ? `no end after ${SEED_HANGS_MS} ms of real time` : `the process ended with ${code ?? signal}`
        const counts = { virtualMs: 0, events: 0, operations: 0, unknown: 0, undecided: 0 }
        const nothing = { ...counts, features: [], repeated: false, faults: [] }
        this.#onSummary({ seed, ...nothing, violations: [{ promise: 'live', text }] })
        resolve(this.#take())
      })
      next()
    })
  }
}

async function runMany(options: RunOptions): Promise<Totals> {
  const totals = new Totals()
  const journal = options.resume === undefined ? null : new Journal(options.resume, options.commit)
  for (const summary of journal?.done.values() ?? []) totals.add(summary)
  const endMs = Date.now() + options.seconds * 1000
  let next = options.from
  const take = (): number | null => {
    if (!options.keepGoing && totals.violatingSeeds.length > 0) return null
    while (journal?.done.has(next)) next++
    const isOver = options.seeds === null ? Date.now() >= endMs : next - options.from >= options.seeds
    return isOver ? null : next++
  }
  const onSummary = (summary: SeedSummary): void => {
    totals.add(summary)
    journal?.add(summary)
    tell(summary, options)
  }
  await Promise.all(Array.from({ length: options.workers }, () => new Worker(options, take, onSummary).run()))
  return totals
}

async function runOne(seed: number, options: RunOptions): Promise<Totals> {
  const totals = new Totals()
  const summary = await summaryOf(seed, options, options.trace ? traceLine : undefined)
  totals.add(summary)
  tell(summary, options)
  return totals
}

/** Every fault that can be planted, one after the other. Exit code 1 if one was not found. */
async function runMutants(commit: string): Promise<0 | 1> {
  const missed: string[] = []
  for (const expectation of expectations) {
    const { rule, plant, seeds } = expectation
    const found = await firstToFind(expectation)
    if (found === null) missed.push(plant)
    const how = found === null ? `NOT FOUND within ${seeds} seeds` : `seed ${found.seed} of ${seeds}, "${found.promise}"`
    print(`${(rule ?? '').padEnd(4)}${plant.padEnd(18)}${how}`)
  }
  print(JSON.stringify({ mutants: expectations.length, found: expectations.length - missed.length, missed, commit }))
  return missed.length > 0 ? 1 : 0
}

function serveSeeds(options: RunOptions): void {
  process.on('message', (seed: number) => {
    void summaryOf(seed, options).then(summary => process.send?.(summary))
  })
}

const options = parseCommandLine(process.argv.slice(2))
if ('print' in options) {
  ;(options.exitCode === 0 ? process.stdout : process.stderr).write(`${options.print}\n`)
  process.exitCode = options.exitCode
} else if (options.isWorker) {
  serveSeeds(options)
} else if (options.mutants) {
  process.exitCode = await runMutants(options.commit)
} else {
  const startMs = Date.now()
  const totals = options.seed === null ? await runMany(options) : await runOne(options.seed, options)
  const seconds = Number(((Date.now() - startMs) / 1000).toFixed(1))
  print(JSON.stringify({ ...totals.toJSON(), seconds, commit: options.commit }))
  process.exitCode = totals.violatingSeeds.length > 0 ? 1 : 0
}
