/** A broken invariant. Nobody catches it: the member logs its last trace and stops; the embedding process lives. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InvariantError'
  }
}

/** Stays on in production: a wrong answer costs more than the check. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

export function unreachable(value: never, where: string): never {
  throw new InvariantError(`${where}: impossible value ${JSON.stringify(value)}`)
}
