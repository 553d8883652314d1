// seam: seam-clock

export const now = (): Date => new Date()
