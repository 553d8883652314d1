/** Classes of production with a method replaced while a run lasts: to turn a rule off, or to look at what members hold. */

// biome-ignore lint/suspicious/noExplicitAny: a method of any signature
export type Method = (this: any, ...args: any[]) => any

/** Replaces a method of a class until the function returned is called. */
export function replaced<T extends object>(prototype: T, name: keyof T & string, by: (original: Method) => Method): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
  Object.defineProperty(prototype, name, { ...descriptor, value: by(descriptor.value as Method) })
  return () => {
    Object.defineProperty(prototype, name, descriptor)
  }
}

/** Undoes several, the last one first. */
export function allOf(restore: readonly (() => void)[]): () => void {
  return () => {
    for (const undo of restore.toReversed()) undo()
  }
}
