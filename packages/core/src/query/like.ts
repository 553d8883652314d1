/** LIKE patterns: `%` any text, `_` any one character, a backslash before one of the three for itself. */

interface Part {
  /** Null = any one character. */
  readonly char: string | null
  readonly many: boolean
}

export interface LikePattern {
  /** What every match begins with. */
  readonly prefix: string
  test(text: string): boolean
}

export function likePattern(pattern: string, ignoreCase: boolean): LikePattern {
  const parts = partsOf(ignoreCase ? pattern.toLowerCase() : pattern)
  let prefix = ''
  for (const { char, many } of parts) {
    if (char === null || many) break
    prefix += char
  }
  return { prefix: ignoreCase ? '' : prefix, test: text => matches(parts, ignoreCase ? text.toLowerCase() : text) }
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = []
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string
    const next = pattern[i + 1]
    if (c === '\\' && (next === '%' || next === '_' || next === '\\')) {
      parts.push({ char: next, many: false })
      i++
    } else if (c === '%') {
      if (parts.at(-1)?.many !== true) parts.push({ char: null, many: true })
    } else parts.push({ char: c === '_' ? null : c, many: false })
  }
  return parts
}

/** Goes back to the last `%` only: no pattern takes more than its length times that of the text. */
function matches(parts: readonly Part[], text: string): boolean {
  let [p, t, starAt, starText] = [0, 0, -1, 0]
  while (t < text.length) {
    const part = parts[p]
    if (part?.many) {
      starAt = p++
      starText = t
    } else if (part !== undefined && (part.char === null || part.char === text[t])) {
      p++
      t++
    } else if (starAt >= 0) {
      p = starAt + 1
      t = ++starText
    } else return false
  }
  while (parts[p]?.many) p++
  return p === parts.length
}
