/** The command behind `npm run chaos`. The last line is one JSON object; exit code 1 on a violation, 2 on bad arguments. */

import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type ChaosFault, chaosFaults } from './faults.js'
import { runChaos } from './run.js'

const usage = `npm run chaos -- [options]
  --seconds N    faults for so long; default 60
  --members N    2 or more; default 3
  --backups N    default 1
  --clients N    processes with Hazelcast's client; default 2
  --seed S       draws faults and calls; default: from the time
  --faults A,B   only these: ${chaosFaults.join(', ')}
  --rounds N     so many runs one after the other, each with the next seed; default 1
  --journal FILE append each round's report: a long run that was ended goes on with the next seed`

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
    help: { type: 'boolean', default: false },
  },
})
const kinds = values.faults.split(',').filter(name => name !== '') as ChaosFault[]
const texts = [values.seconds, values.members, values.backups, values.clients, values.seed, values.rounds]
const isRight = kinds.every(kind => chaosFaults.includes(kind)) && texts.every(text => /^\d{1,9}$/.test(text))

if (values.help || !isRight || Number(values.members) < 2) {
  console.log(usage)
  process.exitCode = values.help ? 0 : 2
} else {
  const [seconds, members, backupCount, clients, first, rounds] = texts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  let violated = 0
  let calls = 0
  const onLine = (text: string): void => console.log(text)
  for (let seed = first; seed < first + rounds; seed++) {
    const report = await runChaos({ seconds, members, backupCount, clients, seed, file: null, map: 'chaos', kinds, onLine })
    for (const text of report.violations) console.error(text)
    violated += report.violations.length
    calls += report.calls
    console.log(JSON.stringify(report))
    if (values.journal !== undefined) appendFileSync(values.journal, `${JSON.stringify(report)}\n`)
  }
  if (rounds > 1) console.log(JSON.stringify({ rounds, seconds: rounds * seconds, calls, violations: violated }))
  process.exitCode = violated > 0 ? 1 : 0
}
