// seam: seam-chance

export const id = (): string => crypto.randomUUID()
