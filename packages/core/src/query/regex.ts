/**
 * Regular expressions in time proportional to pattern and text: all ways to match are followed at once, one character
 * at a time.
 */

import { CobnutError } from '../base/errors.js'
import { type CharTest, isWordChar, parseRegex, type RegexNode } from './regex-parser.js'

type Edge = Extract<RegexNode, { is: 'edge' }>['edge']

type Instruction =
  | { readonly is: 'char'; readonly test: CharTest }
  | { readonly is: 'edge'; readonly edge: Edge }
  | { readonly is: 'split'; to: number }
  | { readonly is: 'jump'; to: number }
  | { readonly is: 'match' }

const programMax = 10_000

/** Whether the whole text matches. @throws CobnutError QUERY for a pattern that cannot be understood */
export function compileRegex(pattern: string): (text: string) => boolean {
  const emitter = new Emitter()
  emitter.emit(parseRegex(pattern))
  const program: readonly Instruction[] = [...emitter.program, { is: 'match' }]
  return text => run(program, Array.from(text))
}

class Emitter {
  readonly program: Instruction[] = []
  #nodes = 0

  emit(node: RegexNode): void {
    // nodes are counted and not instructions: empty groups have none, however often they are repeated
    if (++this.#nodes > programMax) throw new CobnutError('QUERY', 'the regular expression is too large')
    switch (node.is) {
      case 'char':
      case 'edge':
        this.program.push(node)
        return
      case 'all':
        for (const one of node.of) this.emit(one)
        return
      case 'any':
        return this.#any(node.of)
      case 'repeat':
        return this.#repeat(node)
    }
  }

  #any(of: readonly RegexNode[]): void {
    const ends: { to: number }[] = []
    for (const one of of.slice(0, -1)) {
      const split = this.#push({ is: 'split', to: 0 })
      this.emit(one)
      ends.push(this.#push({ is: 'jump', to: 0 }))
      split.to = this.program.length
    }
    this.emit(of.at(-1) as RegexNode)
    for (const end of ends) end.to = this.program.length
  }

  #repeat({ of, min, max }: Extract<RegexNode, { is: 'repeat' }>): void {
    for (let i = 0; i < min; i++) this.emit(of)
    const splits: { to: number }[] = []
    if (max === Number.POSITIVE_INFINITY) {
      const from = this.program.length
      splits.push(this.#push({ is: 'split', to: 0 }))
      this.emit(of)
      this.#push({ is: 'jump', to: from })
    } else {
      for (let i = min; i < max; i++) {
        splits.push(this.#push({ is: 'split', to: 0 }))
        this.emit(of)
      }
    }
    for (const split of splits) split.to = this.program.length
  }

  #push<I extends Instruction>(instruction: I): I {
    this.program.push(instruction)
    return instruction
  }
}

function run(program: readonly Instruction[], chars: readonly string[]): boolean {
  let now = new Set<number>()
  reach(program, now, 0, chars, 0)
  for (let i = 0; i < chars.length && now.size > 0; i++) {
    const next = new Set<number>()
    for (const at of now) {
      const instruction = program[at] as Instruction
      if (instruction.is === 'char' && instruction.test(chars[i] as string)) reach(program, next, at + 1, chars, i + 1)
    }
    now = next
  }
  return now.has(program.length - 1)
}

/** Adds what can be reached without a character. */
function reach(program: readonly Instruction[], set: Set<number>, from: number, chars: readonly string[], at: number): void {
  const open = [from]
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    if (set.has(pc)) continue
    set.add(pc)
    const instruction = program[pc] as Instruction
    if (instruction.is === 'jump') open.push(instruction.to)
    else if (instruction.is === 'split') open.push(instruction.to, pc + 1)
    else if (instruction.is === 'edge' && isEdge(instruction.edge, chars, at)) open.push(pc + 1)
  }
}

function isEdge(edge: Edge, chars: readonly string[], at: number): boolean {
  if (edge === 'start') return at === 0
  if (edge === 'end') return at === chars.length
  const [before, after] = [chars[at - 1], chars[at]]
  const isBorder = (before !== undefined && isWordChar(before)) !== (after !== undefined && isWordChar(after))
  return isBorder === (edge === 'word')
}
