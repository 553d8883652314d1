/**
 * A whole cluster on this machine, a process per member, for development and demonstrations. It restarts nothing: a member
 * that died stays dead and is shown so. Whichever way it ends, no child process is left behind.
 */

import { fileURLToPath } from 'node:url'
import { addressText } from './address.js'
import { freePorts } from './free-ports.js'
import type { EventLine } from './json-lines.js'
import { MemberProcess } from './member-process.js'

const host = '127.0.0.1'
/** All members leave at once, so there is nobody to hand over to: a member that needs longer is stuck. */
const leaveSeconds = 10
/** After the members' own limit, and some time for the processes to end. */
const stopLimitMs = (leaveSeconds + 5) * 1000

export interface DevClusterOptions {
  readonly members: number
  /** First port; taken ones are passed over. 0 = any free ports. */
  readonly port: number
  /** Default: what the configuration says. */
  readonly clusterName?: string | undefined
  /** More arguments for every `cobnut start`. */
  readonly startArguments?: readonly string[]
  /** Program and first arguments of a member; tests put another one here. */
  readonly program?: readonly [string, ...string[]]
  onEvent?(member: MemberProcess, line: EventLine): void
  onState?(member: MemberProcess): void
  onDiagnostic?(member: MemberProcess, line: string): void
}

/** MB. What a call holds then dies before the collector looks at it: a tenth less CPU than with the default of 16, for up to 200 MB. */
const youngHeapMb = 64

const ownProgram = (): readonly [string, ...string[]] => [
  process.execPath,
  `--max-semi-space-size=${youngHeapMb}`,
  fileURLToPath(new URL('main.js', import.meta.url)),
  'start',
]

export class DevCluster {
  readonly members: readonly MemberProcess[]
  readonly #killOnExit = (): void => this.killAll()

  private constructor(members: readonly MemberProcess[]) {
    this.members = members
    process.on('exit', this.#killOnExit)
    void Promise.all(members.map(member => member.ended)).then(() => process.off('exit', this.#killOnExit))
  }

  /** Spawns the processes; `started` tells when they serve. */
  static async spawn(options: DevClusterOptions): Promise<DevCluster> {
    const ports = await freePorts(options.members, options.port)
    const addresses = ports.map(port => addressText({ host, port }))
    const [program, ...first] = options.program ?? ownProgram()
    const seeds = addresses.flatMap(address => ['--member', address])
    const name = options.clusterName === undefined ? [] : ['--cluster-name', options.clusterName]
    const members = ports.map(port => {
      const own = ['--port', String(port), ...name, ...seeds, '--stop-with-parent']
      const limit = ['--property', `hazelcast.graceful.shutdown.max.wait=${leaveSeconds}`]
      return new MemberProcess({
        command: [program, ...first, ...own, ...limit, ...(options.startArguments ?? [])],
        address: addressText({ host, port }),
        onEvent: options.onEvent ?? (() => {}),
        onState: options.onState ?? (() => {}),
        onDiagnostic: options.onDiagnostic ?? (() => {}),
      })
    })
    return new DevCluster(members)
  }

  /** Resolves when every member serves. Rejects with what the first one that could not start has said. */
  async started(): Promise<void> {
    await Promise.all(this.members.map(member => member.started))
  }

  /** Null before the first member has started. */
  get clusterName(): string | null {
    return this.members.find(({ clusterName }) => clusterName !== null)?.clusterName ?? null
  }

  get living(): MemberProcess[] {
    return this.members.filter(({ isAlive }) => isAlive)
  }

  /** Lets every member leave, and ends those that do not manage to. */
  async stop(): Promise<void> {
    for (const member of this.members) member.stop()
    const timer = setTimeout(() => this.killAll(), stopLimitMs)
    await Promise.all(this.members.map(member => member.ended))
    clearTimeout(timer)
  }

  killAll(): void {
    for (const member of this.members) member.kill()
  }
}
