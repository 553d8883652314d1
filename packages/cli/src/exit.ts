/** How a command ends. Scripts branch on these numbers, so they never change their meaning. */

export const exitCode = {
  ok: 0,
  failure: 1,
  /** A bad command line or a bad configuration: nothing was started. */
  usage: 2,
} as const

/** As a shell reports a process that a signal ended. */
export const exitCodeOfSignal = (signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM'): number =>
  128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]

/** A failure that the user understands without a stack trace: the message is all there is to say. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CommandError'
    this.exitCode = options.exitCode ?? exitCode.failure
  }
}
