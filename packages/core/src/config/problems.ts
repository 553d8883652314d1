/** What is wrong with a configuration: everything at once, each with its place, and no more than anyone reads. */

import type { Place } from './data-tree.js'

export interface Problem {
  readonly file: string
  /** 1-based; 0 where there are no lines (objects, environment). */
  readonly line: number
  readonly column: number
  /** `hazelcast.map[users].backup-count`. */
  readonly element: string
  readonly message: string
  readonly allowed?: string
  readonly didYouMean?: string
}

export interface Advice {
  readonly allowed?: string
  readonly didYouMean?: string
}

/** More of them are counted, not kept. */
const problemsMax = 100

export class Problems {
  readonly #kept: Problem[] = []
  #more = 0

  get isEmpty(): boolean {
    return this.#kept.length === 0
  }

  /** Advice is worked out only for what is kept. */
  add({ file, line, column }: Place, element: string, message: string, advice: Advice | (() => Advice) = {}): void {
    if (this.#kept.length === problemsMax) this.#more++
    else this.#kept.push({ file, line, column, element, message, ...(typeof advice === 'function' ? advice() : advice) })
  }

  /** File by file, from top to bottom. */
  list(): readonly Problem[] {
    const files = [...new Set(this.#kept.map(problem => problem.file))]
    const sorted = this.#kept.toSorted(
      (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
    )
    if (this.#more === 0) return sorted
    const message = `and ${this.#more} more that are not shown`
    return [...sorted, { file: files[0] ?? '', line: 0, column: 0, element: 'hazelcast', message }]
  }
}

/** Every problem on lines of its own: where, what, and what is allowed. */
export function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.map(p => {
    const where = p.line > 0 ? `${p.file}:${p.line}:${p.column}` : p.file
    const advice = [p.allowed && `allowed: ${p.allowed}`, p.didYouMean && `did you mean "${p.didYouMean}"?`].filter(Boolean)
    return `${where}: ${p.element}: ${p.message}${advice.length === 0 ? '' : `\n    ${advice.join('; ')}`}`
  })
  return `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`
}
