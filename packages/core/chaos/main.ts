/** The command behind `npm run chaos`. The last line is one JSON object; exit code 1 on a violation, 2 on bad arguments. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type ChaosFault, chaosFaults } from './faults.js'
import { plantNames } from './plants.js'
import type { ChaosReport } from './report.js'
import { runChaos } from './run.js'

const usage = `npm run chaos -- [options]
  --seconds N    faults for so long; default 60
  --members N    2 or more; default 3
  --backups N    default 1
  --clients N    processes with Hazelcast's client; default 2
  --seed S       draws faults and calls; default: from the time
  --faults A,B   only these: ${chaosFaults.join(', ')}
  --rounds N     so many runs one after the other, each with the next seed; default 1
  --journal FILE append each round's report; rounds whose seeds are in it are not run again (give --seed)
  --logs DIR     keep what members log there, one file for each process
  --plant NAME   something that is wrong with every member, to see it found: ${plantNames.join(', ')}`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    members: { type: 'string', default: '3' },
    backups: { type: 'string', default: '1' },
    clients: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    faults: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
    journal: { type: 'string' },
    logs: { type: 'string' },
    plant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const { faults, journal, logs = null, plant, help, ...numbers } = values
const kinds = faults.split(',').filter(name => name !== '') as ChaosFault[]
const members = Number(numbers.members)
const isRight = kinds.every(kind => chaosFaults.includes(kind)) && Object.values(numbers).every(text => /^\d{1,9}$/.test(text))

if (help || !isRight || members < 2 || (plant !== undefined && !plantNames.includes(plant))) {
  console.log(usage)
  process.exitCode = help ? 0 : 2
} else {
  const [seconds, first, rounds] = [Number(numbers.seconds), Number(numbers.seed), Number(numbers.rounds)]
  const [backupCount, clients] = [Number(numbers.backups), Number(numbers.clients)]
  let violated = 0
  let calls = 0
  const onLine = (text: string): void => console.log(text)
  if (logs !== null) mkdirSync(logs, { recursive: true })
  const options = {
    seconds,
    members,
    backupCount,
    clients,
    file: null,
    map: 'chaos',
    kinds,
    logs,
    ...(plant === undefined ? {} : { plant }),
    onLine,
  }
  const done = journal === undefined ? new Map<number, ChaosReport>() : reportsIn(journal)
  for (let seed = first; seed < first + rounds; seed++) {
    const report = done.get(seed) ?? (await runChaos({ ...options, seed }))
    for (const text of report.violations) console.error(text)
    violated += report.violations.length
    calls += report.calls
    console.log(JSON.stringify(report))
    if (journal !== undefined && !done.has(seed)) appendFileSync(journal, `${JSON.stringify(report)}\n`)
  }
  if (rounds > 1) console.log(JSON.stringify({ rounds, seconds: rounds * seconds, calls, violations: violated }))
  process.exitCode = violated > 0 ? 1 : 0
}

/** By seed. */
function reportsIn(journal: string): Map<number, ChaosReport> {
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n') : []
  const reports = lines.filter(line => line !== '').map(line => JSON.parse(line) as ChaosReport)
  return new Map(reports.map(report => [report.seed, report]))
}
