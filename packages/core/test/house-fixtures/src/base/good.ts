// good

export const limit = 3

/** A local name is not the global one. */
export function remaining(process: { readonly now: number }, crypto: number): number {
  return process.now - crypto + Math.max(limit, 0)
}

const texts: ReadonlyMap<string, number> = new Map([['a', 1]])

export const at = (ms: number): Date => new Date(ms + (texts.get('a') ?? 0))
