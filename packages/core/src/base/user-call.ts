/** Calls into code of the application. */

import { CobnutError } from './errors.js'

/** Calls code that nobody waits for. What goes wrong in it is told, also when it is asynchronous. */
export function callUser(run: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = run()
    if (result instanceof Promise) result.catch(onError)
  } catch (error) {
    onError(error)
  }
}

/**
 * Code that works on entries holds everybody else up while it runs, and so may not wait.
 * @param what of the application's, with its article. @throws TypeError if it returned a promise.
 */
export function assertSynchronous(result: unknown, what: string): void {
  if (!(result instanceof Promise)) return
  // it is refused as a whole: what becomes of it must not end the process
  result.catch(() => {})
  throw new TypeError(`it returned a promise; entries wait for nobody, so ${what} has to be synchronous`)
}

/** What code of the application that runs within a call has thrown, for the caller; nothing has been changed. @param what `interceptor "NAME"`, say. */
export function userCodeThrew(what: string, cause: unknown): CobnutError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new CobnutError('USER_CODE', `${what} threw: ${text}`, { cause, outcome: 'not-applied' })
}
