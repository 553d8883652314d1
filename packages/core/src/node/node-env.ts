/** The real world behind the seam. */

import { randomBytes } from 'node:crypto'
import type { TlsConfig } from '../api/config.js'
import { Prng } from '../base/prng.js'
import type { Env, LogLevel } from '../env/env.js'
import { createNodeClock } from './node-clock.js'
import { nodeKeys } from './node-keys.js'
import { createNodeLog, type LogSink } from './node-log.js'
import { NodeNetwork } from './node-network.js'
import { TlsGate } from './tls-gate.js'
import { tlsMaterial } from './tls-material.js'

export interface NodeEnvOptions {
  /** Lines below this are dropped. Default `info`. */
  readonly logLevel?: LogLevel
  /** Default: a JSON line on stderr. */
  readonly logSink?: LogSink
  /** Fixes the draws of this member, for tests. Two members of a cluster never have the same. Default: the system's entropy. */
  readonly seed?: number
}

export interface NodeEnv extends Env {
  readonly network: NodeNetwork
}

/** @param tls null: nothing is encrypted. Throws CONFIG_INVALID where its files cannot be used. */
export async function createNodeEnv(options: NodeEnvOptions = {}, tls: TlsConfig | null = null): Promise<NodeEnv> {
  const log = createNodeLog(options.logLevel ?? 'info', options.logSink)
  const word = (): number => randomBytes(4).readUInt32LE()
  return {
    clock: createNodeClock(),
    network: new NodeNetwork(log, tls === null ? null : new TlsGate(tls, await tlsMaterial(tls, log), log)),
    random: new Prng(options.seed ?? [word(), word(), word(), word()]),
    keys: nodeKeys,
    log,
  }
}
