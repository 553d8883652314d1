/**
 * A password, a token or a key that must not be seen: whatever prints it, as text, as JSON or for debugging, prints a mask.
 * Who needs the text says so with `reveal`, and hands it to nothing that writes.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return masked
  }

  toJSON(): string {
    return masked
  }
}

const masked = '[secret]'

/** Takes as long for a wrong first letter as for a wrong last one: the time tells nothing but how long `given` is. */
export function sameText(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let i = 0; i < given.length; i++) difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i % Math.max(1, wanted.length))
  return difference === 0
}
