/** What can be made wrong with the members of a chaos run, so that it can be seen to find it: a check that never fails shows nothing. */

import { rules } from '../sim/rules.js'
import type { Ask } from './messages.js'

/** Calls, so that the cluster has started by then. */
const exitAfterCalls = 50

/** Beside these, every rule of the protocol that the simulation can turn off. */
const ownPlants: Readonly<Record<string, () => void>> = {
  /** The first member ends, and nobody has told it to. */
  exits: () => {
    let calls = 0
    process.on('message', ({ type }: Ask) => {
      if (type === 'call' && ++calls === exitAfterCalls) process.exit(3)
    })
  },
}

export const plantNames: readonly string[] = [...Object.keys(ownPlants), ...Object.keys(rules)]

export function install(plant: string): void {
  const found = ownPlants[plant] ?? rules[plant]?.install
  if (found === undefined) throw new Error(`there is no plant ${plant}: ${plantNames.join(', ')}`)
  found()
}
