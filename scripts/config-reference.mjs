// Writes docs/reference/configuration.md from the tables that the configuration is read by. `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const build = process.env.COBNUT_BUILD ?? `${root}packages/core/dist`
const { rootElements } = await import(`${build}/src/config/elements/root.js`)
const { allowedBy } = await import(`${build}/src/config/scalars.js`)
const { tlsProperties } = await import(`${build}/src/config/tls.js`)
const { knobRows, textProperties, wordRows } = await import(`${build}/src/protocol/knobs.js`)

function values(name, element) {
  switch (element.kind) {
    case 'section':
      return ''
    case 'opaque':
      return 'anything'
    case 'list':
      return `any number of \`${element.of}\``
    case 'dict':
      return `by name: \`<${element.of ?? name}${element.namedBy === 'name' ? ' name="..."' : ''}>\``
    default:
      return allowedBy(element).replaceAll('*', '\\*')
  }
}

const shown = value => (value === undefined || value === '' ? '' : `\`${value}\``)
const named = (name, { also = [] }) => [name, ...also].map(each => `\`${each}\``).join(', also ')

const row = (...cells) => `| ${cells.join(' | ')} |`
const isForeign = element => element.kind === 'opaque'

/** One row for each element and attribute, by path: a section, then what is in it. Stops where `enters` says no. */
function* rows(elements, path, enters) {
  for (const [name, element] of Object.entries(elements)) {
    const at = path === '' ? name : `${path}.${name}`
    if (!enters(element, at)) continue
    yield row(named(at, element), values(name, element), element.optional ? '' : shown(element.default), element.doc)
    yield* rows(inside(element), withIndex(at, element), enters)
  }
}

const inside = element => {
  const inner = element.kind === 'list' || element.kind === 'dict' ? element.item : element
  return inner.kind === 'section' ? inner.fields : {}
}
const withIndex = (at, { kind }) => (kind === 'list' ? `${at}[]` : kind === 'dict' ? `${at}[name]` : at)

/** The outermost elements that have no effect: those that are looked into, and those that are not. */
function* withoutEffect(elements, path) {
  for (const [name, element] of Object.entries(elements)) {
    const at = path === '' ? name : `${path}.${name}`
    if (element.noEffect !== undefined) yield { at, element }
    else yield* withoutEffect(inside(element), withIndex(at, element))
  }
}

const idle = [...withoutEffect(rootElements, '')]
const table = [...rows(rootElements, '', element => element.noEffect === undefined && !isForeign(element))]
const checked = idle
  .filter(({ element }) => !isForeign(element))
  .flatMap(({ at, element }) => [
    row(
      named(at, element),
      values(at.split('.').at(-1), element),
      element.optional ? '' : shown(element.default),
      `${element.doc} (**${element.noEffect}**)`,
    ),
    ...rows(inside(element), withIndex(at, element), () => true),
  ])
const byReason = new Map()
for (const { at, element } of idle.filter(({ element }) => isForeign(element))) {
  byReason.set(element.noEffect, [...(byReason.get(element.noEffect) ?? []), `\`${at}\``])
}
const foreign = [...byReason].map(([reason, names]) => row(names.join(', '), reason))
const refused = idle.filter(({ element }) => isForeign(element) && element.refused !== undefined).map(({ at }) => `\`${at}\``)

const knobs = knobRows.map(r => `| \`${r.property}\` | ${r.min} to ${r.max} ${r.unit} | \`${r.default}\` | ${r.doc} |`)
const words = wordRows.map(
  r => `| \`${r.property}\` | ${r.words.map(w => `\`${w}\``).join(' or ')} | \`${r.words[0]}\` | ${r.doc} |`,
)
const texts = Object.entries(textProperties).map(([name, doc]) => `| \`${name}\` | text | | ${doc} |`)
const tls = Object.entries(tlsProperties).map(([name, { also, doc, noEffect }]) =>
  row([name, ...also].map(each => `\`${each}\``).join(', also '), doc || `(**${noEffect}**)`),
)
const page = `# Configuration reference

Made by \`node scripts/config-reference.mjs\` from the tables in \`packages/core/src/config/elements/\` and
\`packages/core/src/protocol/knobs.ts\`, by which the configuration is also read and checked.

## Where it comes from

\`Cobnut.start(source)\` takes a file (\`{ file }\`), a text (\`{ text }\`) or a typed object; beside a file, the object wins. With nothing said, and for
\`cobnut start\` without \`--config\`, these are tried in turn: the variable \`HAZELCAST_CONFIG\`, then \`hazelcast.xml\`,
\`hazelcast.yaml\` and \`hazelcast.yml\` in the working directory, then the defaults below.

Over all that come variables of the environment such as \`HZ_NETWORK_PORT_PORT=5801\` (the path in capitals, \`_\` between the names, no
hyphens). A name that fits no element is listed and has no effect, because other programs set such variables too.

In a file \`\${name}\` stands for a variable of the environment (one that is not set stands as it is, and is listed as without effect), and \`<import resource="more.xml"/>\` (YAML:
\`import: [more.yaml]\`) for the content of another file, seen from the folder of the importing one; each file once, at most 100.

XML, YAML and JSON say the same things: an attribute or a child element of XML is a key of YAML, repeated elements are a sequence, elements
with a name are a mapping. Names are compared without hyphens and case. A typed object writes them in camelCase, with \`maps\` for \`map\`,
\`network.port\` beside \`portAutoIncrement\` and \`portCount\`, and without \`enabled: true\` where it mentions a way to join.

A configuration with an error starts nothing: every problem of all files is reported at once, with file, line, column, what is allowed, and
the name that was probably meant. \`cobnut config check FILE\` does the same without starting anything, and lists what has no effect yet.
A file is UTF-8 and has at most 10 MiB, 100 levels and 100,000 elements and attributes (YAML: 500,000 words and signs), and declares no
document type and no entity.

## Which map gets what

The exact name; else the pattern with one \`*\` that fits best (the longest fixed part; a tie is an error); else the map named \`default\`; else
the values below. A declared map does not inherit from \`default\`. From an \`@\` on, a name does not count. The sum of \`backup-count\` and
\`async-backup-count\` is at most 6, in whichever order they stand.

## Elements with effect

| element | values | default | |
|---|---|---|---|
${table.join('\n')}

## Properties of \`network.ssl\`

Names are found whatever their case, and with \`javax.net.ssl.\` in front. Files are seen from the working directory.

| property | |
|---|---|
${tls.join('\n')}

An enabled \`security\` that asks for what does not exist here is refused, with what to use instead: \`jaas\`, \`ldap\`, \`kerberos\` and \`tls\`
as authentication, \`kerberos\` and \`credentials-factory\` as identity, permissions other than \`all-permissions\` for everybody, and Java code.

## Elements that are checked and have no effect yet

The start and \`cobnut config check\` list those that a file has.

| element | values | default | |
|---|---|---|---|
${checked.join('\n')}

## Elements that are known by name

They are accepted as they stand and listed as without effect. Names that are in none of these tables are errors. A file that *enables*
${refused.join(', ')} is refused: a member that starts without the protection its file asks for is worse than none.

| elements | why |
|---|---|
${foreign.join('\n')}

## Properties

| property | values | default | |
|---|---|---|---|
${[...knobs, ...words, ...texts].join('\n')}

Other properties of Hazelcast are accepted and have no effect; other names that begin with \`cobnut.\` are errors.
`
const file = `${root}docs/reference/configuration.md`
const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === page
if (process.argv.includes('--check')) {
  if (!isCurrent) {
    console.error('docs/reference/configuration.md is not what the tables say: run node scripts/config-reference.mjs')
    process.exit(1)
  }
} else if (!isCurrent) writeFileSync(file, page)
