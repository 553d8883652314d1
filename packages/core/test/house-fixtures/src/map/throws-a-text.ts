// oxlint: typescript/only-throw-error

export function refuse(reason: string): never {
  throw reason
}
