// seam: seam-timer

export const limit = (): AbortSignal => AbortSignal.timeout(10)
