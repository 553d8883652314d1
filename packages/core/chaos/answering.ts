/** The child's end of a chaos run: answers what it is asked, and ends when nobody asks any more. */

import type { Result } from '../sim/history.js'
import { isCobnutError } from '../src/base/errors.js'
import type { Ask, Look, Told } from './messages.js'

export interface Answering {
  readonly clusterName: string
  /** Of the map of the run, as far as known here. */
  readonly backupCount: number
  readonly answer: (ask: Ask) => Promise<Result | Look>
}

const tell = (told: Told): void => {
  if (process.connected) process.send?.(told)
}

export async function answerAs(start: () => Promise<Answering>): Promise<void> {
  process.on('disconnect', () => process.exit(0))
  try {
    const { clusterName, backupCount, answer } = await start()
    process.on('message', (ask: Ask) => {
      answer(ask).then(
        value => tell({ type: 'answer', id: ask.id, value }),
        (error: unknown) => {
          const isUndone = isCobnutError(error) && error.outcome === 'not-applied'
          tell({ type: 'error', id: ask.id, code: isCobnutError(error) ? error.code : String(error), isUndone })
        },
      )
    })
    tell({ type: 'started', clusterName, backupCount })
  } catch (error) {
    tell({ type: 'failed', text: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    process.disconnect?.()
  }
}
