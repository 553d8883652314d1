// seam: seam-process

export const later = (run: () => void): unknown => globalThis.setTimeout(run, 10)
