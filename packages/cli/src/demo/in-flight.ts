/** Runs `run` for every item with at most `max` calls outstanding. The first failure ends it, after the calls under way. */
export async function eachInFlight<T>(items: readonly T[], max: number, run: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let hasFailed = false
  const worker = async (): Promise<void> => {
    while (next < items.length && !hasFailed) {
      try {
        await run(items[next++] as T)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(max, items.length) }, worker))
  const failed = outcomes.find(outcome => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
