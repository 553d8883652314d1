/** What can be made wrong with the members of a chaos run, so that it can be seen to find it: a check that never fails shows nothing. */

import { rules } from '../sim/rules.js'

const exitAfterMs = 3_000

/** Beside these, every rule of the protocol that the simulation can turn off. */
const ownPlants: Readonly<Record<string, () => void>> = {
  /** The first member ends, and nobody has told it to. */
  exits: () => {
    setTimeout(() => process.exit(3), exitAfterMs)
  },
}

export const plantNames: readonly string[] = [...Object.keys(ownPlants), ...Object.keys(rules)]

export function install(plant: string): void {
  const found = ownPlants[plant] ?? rules[plant]?.install
  if (found === undefined) throw new Error(`there is no plant ${plant}: ${plantNames.join(', ')}`)
  found()
}
