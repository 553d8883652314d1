/**
 * Holds the core to its seam: outside of node/ and http/ nothing reads a clock, sets a timer, draws a random number, reaches
 * for the process or keeps state in a module. The compiler resolves the names, so a variable that is called `process` passes
 * and `const { random } = Math` does not.
 */

import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import ts from 'typescript'

const core = 'packages/core'
const outside = ['node', 'http']

/** Globals, and members of globals as `Owner.member`. */
const forbidden = {
  'seam-clock': ['Date.now', 'performance', 'Temporal'],
  'seam-timer': [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'AbortSignal.timeout',
  ],
  'seam-chance': ['Math.random', 'crypto'],
  'seam-process': ['process', 'console', 'require', 'fetch', 'navigator', 'globalThis', 'global', 'WebSocket', 'EventSource'],
  'seam-thread': ['Worker', 'MessageChannel', 'MessagePort', 'BroadcastChannel', 'SharedArrayBuffer', 'Atomics'],
  'seam-collector': ['WeakRef', 'FinalizationRegistry'],
  'seam-buffer': ['Buffer'],
}

const advice = {
  'seam-clock': 'time comes from Env.clock',
  'seam-timer': 'timers come from Env.clock',
  'seam-chance': 'chance comes from Env.random',
  'seam-process': 'the process and its streams belong to node/ and to the application around it',
  'seam-thread': 'one thread runs one member, and the simulator runs them all in one',
  'seam-collector': 'when memory is collected is not part of a seed',
  'seam-buffer': 'Uint8Array, DataView and TextEncoder do it; Buffer shares a pool between everybody',
  'module-state': 'many members share a process: state belongs to an instance',
}

/** Applications hand in Buffers as values, so serialization/ has to know them. */
const excused = { 'seam-buffer': ['serialization'] }

const ruleOf = new Map(Object.entries(forbidden).flatMap(([rule, names]) => names.map(name => [name, rule])))
const ownerRules = new Map([...ruleOf].filter(([name]) => name.includes('.')).map(([name, rule]) => [name.split('.')[0], rule]))

/** What a constant of a module may be made of with `new`: tools without memory, bytes, patterns. */
const statelessClasses = new Set(['TextEncoder', 'TextDecoder', 'RegExp', 'Uint8Array', 'Date', 'Error'])
const mutableTypes = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array'])

/**
 * @param {string} root of the repository, or of a tree laid out like it
 * @returns {{ violations: { rule: string, file: string, line: number, text: string }[], files: number }}
 */
export function seamViolations(root) {
  const src = join(root, core, 'src')
  const files = readdirSync(src, { recursive: true })
    .filter(path => path.endsWith('.ts') && !outside.includes(path.split(sep)[0]))
    .sort()
  const program = ts.createProgram(
    files.map(file => join(src, file)),
    compilerOptions(join(root, core)),
  )
  const violations = []
  for (const file of files) {
    const source = program.getSourceFile(join(src, file))
    const report = (rule, node, what) => {
      if (excused[rule]?.includes(file.split(sep)[0])) return
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
      violations.push({ rule, file: relative(root, source.fileName), line, text: `${what} (${advice[rule]})` })
    }
    findReachingOut(source, program, report)
    findModuleState(source, program.getTypeChecker(), report)
  }
  return { violations, files: files.length }
}

function compilerOptions(folder) {
  const { config, error } = ts.readConfigFile(join(folder, 'tsconfig.json'), ts.sys.readFile)
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder)
  return { ...options, composite: false, incremental: false, noEmit: true, tsBuildInfoFile: undefined }
}

function findReachingOut(source, program, report) {
  const visit = node => {
    if (ts.isIdentifier(node) && (ruleOf.has(node.text) || ownerRules.has(node.text)) && isGlobal(node, program)) {
      if (ruleOf.has(node.text)) report(ruleOf.get(node.text), node, node.text)
      else if (!isHarmless(node)) report(ownerRules.get(node.text), node, node.parent.getText(source))
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

/** Does this name mean what the language or Node brings along, and not something of ours? */
function isGlobal(node, program) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  const symbol = program.getTypeChecker().getSymbolAtLocation(node)
  if (symbol === undefined) return false
  return (symbol.declarations ?? []).every(declaration => {
    const file = declaration.getSourceFile()
    return program.isSourceFileDefaultLibrary(file) || file.fileName.includes('/node_modules/@types/node/')
  })
}

/** `Math.max(...)`, `new Date(ms)`, `instanceof Date` and types compute; everything else may lead to what is forbidden. */
function isHarmless(node) {
  const { parent } = node
  if (ts.isPartOfTypeNode(node)) return true
  if (ts.isPropertyAccessExpression(parent)) return !ruleOf.has(`${node.text}.${parent.name.text}`)
  if (ts.isNewExpression(parent)) return parent.expression === node && (parent.arguments?.length ?? 0) > 0
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword
}

function findModuleState(source, checker, report) {
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0
      for (const declaration of statement.declarationList.declarations) {
        if (!isConst) report('module-state', declaration, `variable ${declaration.name.getText(source)} of a module`)
        else checkConstant(declaration, checker, report)
      }
    }
    if (ts.isClassDeclaration(statement)) {
      for (const member of statement.members) {
        if (!ts.isPropertyDeclaration(member) || !ts.getModifiers(member)?.some(isStatic)) continue
        if (!ts.getModifiers(member)?.some(isReadonly)) report('module-state', member, `static ${member.name.getText(source)}`)
        else checkConstant(member, checker, report)
      }
    }
  }
}

const isStatic = modifier => modifier.kind === ts.SyntaxKind.StaticKeyword
const isReadonly = modifier => modifier.kind === ts.SyntaxKind.ReadonlyKeyword

/** A constant is not state if nobody can change what it holds. */
function checkConstant(declaration, checker, report) {
  const { name, initializer } = declaration
  const type = checker.getTypeAtLocation(name)
  const typeName = type.getSymbol()?.getName()
  if (mutableTypes.has(typeName) && !checker.typeToString(type).startsWith('readonly ')) {
    report('module-state', declaration, `${name.getText()} is a ${typeName} that can be changed; its type should be readonly`)
  } else if (initializer !== undefined && ts.isNewExpression(initializer)) {
    const made = initializer.expression.getText()
    const isStateless = statelessClasses.has(made) || mutableTypes.has(made)
    if (!isStateless) report('module-state', declaration, `${name.getText()} is a ${made}`)
  }
}
