/** The real world behind the seam. */

import { randomBytes } from 'node:crypto'
import { Prng } from '../base/prng.js'
import type { Env, LogLevel } from '../env/env.js'
import { createNodeClock } from './node-clock.js'
import { createNodeLog, type LogSink } from './node-log.js'
import { NodeNetwork } from './node-network.js'

export interface NodeEnvOptions {
  /** Default `info`. */
  readonly logLevel?: LogLevel
  /** Default: a JSON line on stderr. */
  readonly logSink?: LogSink
}

export interface NodeEnv extends Env {
  readonly network: NodeNetwork
}

const word = (): number => randomBytes(4).readUInt32LE()

export function createNodeEnv(options: NodeEnvOptions = {}): NodeEnv {
  return {
    clock: createNodeClock(),
    network: new NodeNetwork(),
    random: new Prng([word(), word(), word(), word()]),
    log: createNodeLog(options.logLevel ?? 'info', options.logSink),
  }
}
