// seam: seam-thread

export const shared = (): unknown => new SharedArrayBuffer(8)
