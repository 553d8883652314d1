// biome: lint/suspicious/noExplicitAny

export const size = (value: any): number => value.size
