/** `HZ_NETWORK_PORT_PORT=5801` in the environment and `hz.network.port.port` among the properties, as data to merge over the file. */

import { type Data, dataOf, type Place, type Problem, plain } from './data-tree.js'

type Tree = { [name: string]: Tree | string }

export interface Overrides {
  readonly data: Data
  readonly problems: readonly Problem[]
}

export function overridesFrom(
  environment: Readonly<Record<string, string | undefined>>,
  properties: Readonly<Record<string, string>>,
): Overrides {
  const fromEnvironment = Object.entries(environment).flatMap(([name, value]) => {
    return name.startsWith('HZ_') && value !== undefined ? [[name.slice(3).toLowerCase().split('_'), value, name] as const] : []
  })
  const fromProperties = Object.entries(properties).flatMap(([name, value]) => {
    return name.startsWith('hz.') ? [[name.slice(3).split('.'), value, name] as const] : []
  })
  const problems: Problem[] = []
  const keyOf = (path: readonly string[]): string => path.map(plain).join('.')
  const taken = new Map(fromEnvironment.map(([path, , name]) => [keyOf(path), name]))
  const tree: Tree = {}
  for (const [path, value, name] of [...fromEnvironment, ...fromProperties]) {
    const other = taken.get(keyOf(path))
    if (other !== undefined && other !== name) {
      const element = `hazelcast.${path.join('.')}`
      problems.push({
        file: name,
        line: 0,
        column: 0,
        element,
        message: `${other} and ${name} both set it`,
        allowed: 'one of the two',
      })
    }
    set(tree, path, value)
  }
  const place: Place = { file: 'the environment', line: 0, column: 0 }
  return { data: dataOf(tree, place), problems }
}

function set(tree: Tree, path: readonly string[], value: string): void {
  let at = tree
  for (const name of path.slice(0, -1)) {
    const held = at[name]
    const next: Tree = typeof held === 'object' ? held : {}
    at[name] = next
    at = next
  }
  at[path.at(-1) as string] = value
}
