// seam: seam-chance

export const draw = (): number => Math.random()
