/**
 * Keys and values on a command line. What parses as JSON is that JSON value, everything else is text: `42` is a number,
 * `ann` is a text, `"42"` (quotes included) is the text 42, `{"age":7}` is an object.
 */

export function valueFromText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The reverse, for people: a text shows without quotes where it would be read back as the same text. */
export function textFromValue(value: unknown): string {
  return typeof value === 'string' && valueFromText(value) === value ? value : JSON.stringify(value)
}
