// types: TS2532

export const first = (names: readonly string[]): number => names[0].length
