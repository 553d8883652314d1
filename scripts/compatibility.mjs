// Writes the tables of docs/reference/compatibility.md from the message table that the server answers by. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const build = process.env.COBNUT_BUILD ?? `${root}packages/core/dist`
const { clientTable, mapTable } = await import(`${build}/src/protocol/client-table.js`)
const { queryTable } = await import(`${build}/src/protocol/query-table.js`)
const { dynamicConfigTable } = await import(`${build}/src/protocol/dynamic-config-table.js`)
const { messageName } = await import(`${build}/src/protocol/client-names.js`)

/** Messages that the protocol defines up to version 2.9, counted from 1. */
const definedUpTo = { 0: 23, 1: 73 }

/** Why a message is refused; a message that neither has a row nor stands here is an error of this file. */
const reasons = {
  deployClasses: 'carries Java classes',
  'addMigrationListener removeMigrationListener':
    'only Java clients can send it, when an application registers a `MigrationListener`; `cobnut dev` and the metrics show copies on their way',
  tpcAuthentication: 'belongs to a threading model of the JVM member; the login offers none',
  addCPGroupViewListener: 'there is no CP subsystem',
  'eventJournalSubscribe eventJournalRead': 'there is no event journal; only Java clients send it',
  replaceAll: 'carries a Java function; only Java clients send it',
}
const reasonOf = new Map(Object.entries(reasons).flatMap(([names, reason]) => names.split(' ').map(name => [name, reason])))

const hexOf = code => code.toString(16).padStart(6, '0')

function messages(service, table) {
  const done = new Map(Object.entries(table).map(([name, { code }]) => [code, name]))
  return Array.from({ length: definedUpTo[service] }, (_, i) => {
    const code = (service << 16) | ((i + 1) << 8)
    const [prefix, name] = messageName(code).split('.')
    if (done.has(code)) return `| \`${hexOf(code)}\` | ${prefix}.${done.get(code)} | done |`
    if (!reasonOf.has(name)) throw new Error(`${messageName(code)} has neither a row in the message table nor a reason here`)
    return `| \`${hexOf(code)}\` | ${prefix}.${name} | refused: ${reasonOf.get(name)} |`
  })
}

/** What is done of services that are not here as a whole, by the first byte of their messages. */
const partlyDone = {
  [dynamicConfigTable.addMapConfig.code >> 16]:
    `\`${hexOf(dynamicConfigTable.addMapConfig.code)}\` addMapConfig done, the others `,
}

/** Every service but Client and Map, by the first byte of its messages. */
const others = Array.from({ length: 254 }, (_, i) => i + 2)
  .map(id => [id, messageName(id << 16)])
  .filter(([, name]) => name.includes('.'))

const tables = {
  messages: [
    '| code | message | here |',
    '|---|---|---|',
    ...messages(0, clientTable),
    ...messages(1, { ...mapTable, ...queryTable }),
  ],
  services: [
    '| codes | service | here |',
    '|---|---|---|',
    ...others.map(
      ([id, name]) =>
        `| \`${hexOf(id << 16).slice(0, 2)}xxxx\` | ${name.split('.')[0]} | ${partlyDone[id] ?? ''}refused: UnsupportedOperation |`,
    ),
  ],
}

const file = `${root}docs/reference/compatibility.md`
const before = readFileSync(file, 'utf8')
const after = Object.entries(tables).reduce(
  (text, [name, lines]) =>
    text.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`),
      (_, begin, end) => `${begin}\n${lines.join('\n')}\n\n${end}`,
    ),
  before,
)
if (!process.argv.includes('--check')) writeFileSync(file, after)
else if (before !== after) {
  console.error('docs/reference/compatibility.md is not what the message table says: node scripts/compatibility.mjs')
  process.exitCode = 1
}
