// seam: seam-clock

export const now = (): number => Date.now()
