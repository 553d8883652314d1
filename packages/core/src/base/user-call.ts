/** Calls code of the application that nobody waits for. What goes wrong in it is told, also when it is asynchronous. */
export function callUser(run: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = run()
    if (result instanceof Promise) result.catch(onError)
  } catch (error) {
    onError(error)
  }
}
