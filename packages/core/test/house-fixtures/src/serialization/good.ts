// good

export const isBuffer = (value: unknown): boolean => Buffer.isBuffer(value)
