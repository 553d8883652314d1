/**
 * <split-brain-protection>: a map is read or written only while its member sees enough others. The minority of a divided
 * cluster serves nothing anyway; this is a further condition, of those who want it. It is looked at where an operation is
 * decided, at the owner and where a backup answers reads, so that nothing that was called too late slips through.
 *
 * Who counts is a member with data that the cluster has not removed and that this one is connected to: a member that dies
 * counts no longer from the moment its connection breaks, which is before it is removed.
 */

import type { MapConfig } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { isWrite, type OpCode, opCode } from '../operation/request.js'

export interface ProtectionOptions {
  /** Whether any map has one. Without it nothing is looked up. */
  readonly any: boolean
  readonly configOf: (map: string) => Pick<MapConfig, 'splitBrainProtection'>
  /** Members with data that this one sees, itself among them. */
  readonly membersSeen: () => number
}

/** What ends something is always allowed: nobody has to keep a lock because the cluster has become too small. Merging heals. */
const ending: ReadonlySet<OpCode> = new Set([opCode.unlock, opCode.forceUnlock, opCode.giveUp, opCode.letGo, opCode.merge])

export class Protections {
  readonly #o: ProtectionOptions

  constructor(options: ProtectionOptions) {
    this.#o = options
  }

  /** Throws SPLIT_BRAIN_PROTECTION when the map is protected against this now. */
  check(map: string, op: OpCode): void {
    if (!this.#o.any || ending.has(op)) return
    const protection = this.#o.configOf(map).splitBrainProtection
    if (protection === undefined) return
    const { name, minimumClusterSize, protectOn } = protection
    if (protectOn !== 'READ_WRITE' && (protectOn === 'WRITE') !== isWrite(op)) return
    const seen = this.#o.membersSeen()
    if (seen >= minimumClusterSize) return
    const text = `the map "${map}" asks for ${minimumClusterSize} members (split-brain-protection "${name}"), and the owner sees ${seen}`
    throw new CobnutError('SPLIT_BRAIN_PROTECTION', text, { map, minimumClusterSize, seen })
  }
}
