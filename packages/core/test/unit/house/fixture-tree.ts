/** The bad examples laid out as a repository of their own, and the tools of this repository run on them. */

import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './support.js'

export interface Finding {
  readonly tool: string
  readonly rule: string
  /** Relative to the core package. */
  readonly file: string
}

const core = 'packages/core'
const fixtures = join(root, core, 'test/house-fixtures')
const configuration = [
  '.dependency-cruiser.cjs',
  '.gitignore',
  '.oxlintrc.json',
  'biome.json',
  'knip.json',
  'package.json',
  'tsconfig.base.json',
  `${core}/package.json`,
  `${core}/tsconfig.json`,
]

/** A folder that the caller removes. */
export function layOut(): string {
  // the tools compare paths with what the system says: no symbolic link in front
  const tree = realpathSync(mkdtempSync(join(tmpdir(), 'cobnut-house-')))
  mkdirSync(join(tree, core), { recursive: true })
  for (const file of configuration) cpSync(join(root, file), join(tree, file))
  for (const folder of ['src', 'sim']) cpSync(join(fixtures, folder), join(tree, core, folder), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  return tree
}

export const remove = (tree: string): void => rmSync(tree, { recursive: true })

/** What the first lines of the examples promise; good ones promise nothing. */
export function expectedFindings(): readonly Finding[] {
  const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
  return files.sort().flatMap(file => {
    const [line] = readFileSync(join(fixtures, file), 'utf8').split('\n', 1)
    const [, tool, rule] = /^\/\/ (\w+): (\S+)$/.exec(line ?? '') ?? []
    if (tool !== undefined && rule !== undefined) return [{ tool, rule, file }]
    if (line?.startsWith('// good')) return []
    throw new Error(`${file} does not say in its first line who finds what`)
  })
}

/** A finding is no failure here, so the exit code says nothing; a tool that prints nothing has failed. */
function printed(tree: string, command: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let complaints = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => (output === '' ? reject(new Error(`${command}: ${complaints}`)) : resolve(output)))
  })
}

const bin = (name: string): string => join(root, 'node_modules/.bin', name)
const within = (path: string): string => path.replace(`${core}/`, '')

interface RulesReport {
  readonly violations: readonly { readonly rule: string; readonly file: string; readonly line: number; readonly text: string }[]
  readonly edges: number
  readonly files: number
}

export async function houseRules(tree: string): Promise<RulesReport> {
  return JSON.parse(await printed(tree, process.execPath, join(root, 'scripts/rules.mjs'), '--json', tree)) as RulesReport
}

async function rulesFindings(tree: string): Promise<Finding[]> {
  const { violations } = await houseRules(tree)
  const toolOf = (rule: string): string => (/^(seam-|module-)/.test(rule) ? 'seam' : 'rooms')
  return violations.map(({ rule, file }) => ({ tool: toolOf(rule), rule, file: within(file) }))
}

async function biomeFindings(tree: string): Promise<Finding[]> {
  const output = await printed(tree, bin('biome'), 'ci', '--colors=off', '--reporter=json', '--max-diagnostics=none')
  const { diagnostics } = JSON.parse(output) as { diagnostics: { category: string; location: { path: string } }[] }
  return diagnostics.map(({ category, location }) => ({ tool: 'biome', rule: category, file: within(location.path) }))
}

async function oxlintFindings(tree: string): Promise<Finding[]> {
  const { diagnostics } = JSON.parse(await printed(tree, bin('oxlint'), '--format=json')) as {
    diagnostics: { code: string; filename: string }[]
  }
  return diagnostics.map(({ code, filename }) => ({
    tool: 'oxlint',
    rule: code.replace(/\((.*)\)$/, '/$1'),
    file: within(filename),
  }))
}

async function compilerFindings(tree: string): Promise<Finding[]> {
  const output = await printed(tree, bin('tsc'), '-p', core, '--noEmit', '--pretty', 'false')
  const found = [...output.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+):/gm)]
  return found.map(([, file, rule]) => ({ tool: 'types', rule: rule as string, file: within(file as string) }))
}

/** Only what the examples are about: files that nothing imports are found as well, and most of them are such files. */
async function knipFindings(tree: string): Promise<Finding[]> {
  const { issues } = JSON.parse(await printed(tree, bin('knip'), '--reporter=json')) as {
    issues: ({ file: string } & Record<string, readonly unknown[]>)[]
  }
  const asked = new Map(expectedFindings().map(({ tool, file, rule }) => [file, tool === 'knip' ? rule : null]))
  return issues.flatMap(({ file, ...byRule }) => {
    const rule = asked.get(within(file))
    return rule != null && (byRule[rule]?.length ?? 0) > 0 ? [{ tool: 'knip', rule, file: within(file) }] : []
  })
}

export async function allFindings(tree: string): Promise<readonly Finding[]> {
  const tools = [rulesFindings, biomeFindings, oxlintFindings, compilerFindings, knipFindings]
  const found = await Promise.all(tools.map(tool => tool(tree)))
  return found.flat()
}
