// seam: seam-timer

export const later = (run: () => void): unknown => setTimeout(run, 10)
