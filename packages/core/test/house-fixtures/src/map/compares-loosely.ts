// biome: lint/suspicious/noDoubleEquals

export const isSame = (a: unknown, b: unknown): boolean => a == b
