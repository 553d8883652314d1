// seam: seam-clock

export const startedAt = (): number => performance.now()
