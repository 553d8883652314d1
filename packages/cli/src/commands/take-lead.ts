/** `cobnut take-lead`: the operator's word that the members that decided about the cluster are gone for good. */

import { addressText } from '../address.js'
import { CommandError, exitCode } from '../exit.js'
import { plural } from '../format.js'
import { MemberClient } from '../http-client.js'
import { type Terminal, writeLine } from '../terminal.js'
import type { AskFlags } from './status.js'

export interface TakeLeadFlags extends AskFlags {
  readonly acceptDataLoss?: boolean
}

export async function takeLead({ address, json, acceptDataLoss }: TakeLeadFlags, { out }: Terminal): Promise<void> {
  if (acceptDataLoss !== true) {
    const risk = 'what only members had that do not answer is lost, and should one of them still run, there are two clusters'
    throw new CommandError(`${risk}: say --accept-data-loss`, { exitCode: exitCode.usage })
  }
  const gone = await new MemberClient(address).takeLead()
  if (json === true) return writeLine(out, JSON.stringify({ leader: addressText(address), gone }))
  writeLine(out, `${addressText(address)} leads; ${plural(gone.length, 'member')} taken for dead: ${gone.join(', ') || 'none'}`)
}
