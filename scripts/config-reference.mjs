// Writes docs/reference/configuration.md from the tables that the configuration is read by. `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const build = process.env.COBNUT_BUILD ?? `${root}packages/core/dist`
const { rootElements } = await import(`${build}/src/config/elements/root.js`)
const { allowedBy } = await import(`${build}/src/config/scalars.js`)
const { knobRows, textProperties } = await import(`${build}/src/protocol/knobs.js`)

function values(element) {
  switch (element.kind) {
    case 'section':
      return ''
    case 'opaque':
      return 'anything'
    case 'list':
      return `any number of \`${element.of}\``
    case 'dict':
      return `by name: \`<${element.of ?? 'map'}${element.namedBy === 'name' ? ' name="..."' : ''}>\``
    default:
      return allowedBy(element).replaceAll('*', '\\*')
  }
}

const shown = value => (value === undefined || value === '' ? '' : `\`${value}\``)
const named = (name, { also = [] }) => [name, ...also].map(each => `\`${each}\``).join(', also ')

/** One row for each element and attribute, by path; sections first name themselves, then what is in them. */
function* rows(elements, path, outerReason) {
  for (const [name, element] of Object.entries(elements)) {
    const reason = element.noEffect ?? outerReason
    if (element.kind === 'opaque' && element.doc === '') continue
    const at = path === '' ? name : `${path}.${name}`
    const value = element.optional ? '' : shown(element.default)
    const cells = [named(at, element), values(element), value, reason === undefined ? 'yes' : `no: ${reason}`, element.doc]
    yield `| ${cells.join(' | ')} |`
    const inner = element.kind === 'list' || element.kind === 'dict' ? element.item : element
    if (inner.kind === 'section')
      yield* rows(inner.fields, element === inner ? at : `${at}[${element.kind === 'dict' ? 'name' : ''}]`, reason)
  }
}

/** Of the root: services that do not exist here, by the reason. */
function* foreign() {
  const byReason = new Map()
  for (const [name, { kind, doc, noEffect }] of Object.entries(rootElements)) {
    if (kind === 'opaque' && doc === '') byReason.set(noEffect, [...(byReason.get(noEffect) ?? []), `\`${name}\``])
  }
  for (const [reason, names] of byReason) yield `| ${names.join(', ')} | ${reason} |`
}

const table = [...rows(rootElements, '')]
const knobs = knobRows.map(r => `| \`${r.property}\` | ${r.min} to ${r.max} ${r.unit} | \`${r.default}\` | ${r.doc} |`)
const texts = Object.entries(textProperties).map(([name, doc]) => `| \`${name}\` | text | | ${doc} |`)
const page = `# Configuration reference

Made by \`node scripts/config-reference.mjs\` from the tables in \`packages/core/src/config/elements/\` and
\`packages/core/src/protocol/knobs.ts\`, by which the configuration is also read and checked.

## Where it comes from

\`Cobnut.start(source)\` and \`cobnut start\` take, in this order: a file that is named (\`{ file }\`, \`--config\`), a typed object, or, with
neither, the property \`hazelcast.config\`, the variable \`HAZELCAST_CONFIG\`, and \`hazelcast.xml\`, \`hazelcast.yaml\`, \`hazelcast.yml\` in
the working directory; else the defaults below. Over that come variables of the environment (\`HZ_NETWORK_PORT_PORT=5801\`: the path, with
\`_\` between the names and without hyphens). \`\${name}\` in a file stands for an environment variable, and
\`<import resource="other.xml"/>\` for the content of another file.

XML, YAML and JSON say the same things: an attribute or a child element of XML is a key of YAML, repeated elements are a sequence, elements
with a name are a mapping. Names are compared without hyphens and case, so a typed object writes \`backupCount\`.

A configuration with an error starts nothing: every problem of all files is reported at once, with file, line, column, what is allowed, and
the name that was probably meant. \`cobnut config check FILE\` does the same without starting anything, and lists what has no effect yet.
A file may have at most 10 MiB and 100 levels, and no document type or entity.

## Which map gets what

The exact name; else the pattern with one \`*\` that fits best (the longest fixed part; a tie is an error); else the map named \`default\`; else
the values below. A declared map does not inherit from \`default\`. From an \`@\` on, a name does not count. The sum of \`backup-count\` and
\`async-backup-count\` is at most 6, in whichever order they stand.

## Elements

| element | values | default | effect | |
|---|---|---|---|---|
${table.join('\n')}

## Elements of other services

They are known by name, accepted as they stand, and listed at the start as without effect. Names that are in neither table are errors.

| elements | why |
|---|---|
${[...foreign()].join('\n')}

## Properties

| property | values | default | |
|---|---|---|---|
${[...knobs, ...texts].join('\n')}

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
