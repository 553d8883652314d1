// seam: seam-collector

export const weak = (value: object): unknown => new WeakRef(value)
