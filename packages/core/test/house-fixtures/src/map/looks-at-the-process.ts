// seam: seam-process

export const name = (): string => process.title
