// seam: module-state

const known = new Map<string, number>()

export const learn = (name: string): unknown => known.set(name, known.size)
