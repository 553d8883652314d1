/** The processes with Hazelcast's client of a chaos run. One that ends is followed by another: it is no part of the cluster. */

import { fileURLToPath } from 'node:url'
import type { ClientSettings } from './client-program.js'
import { Worker } from './worker.js'

const clientProgram = fileURLToPath(new URL('./client-program.js', import.meta.url))

export class Clients {
  /** Code or signal of each that ended although nobody told it to. */
  readonly ended: string[] = []
  readonly #settings: ClientSettings
  readonly #workers: Worker[] = []

  constructor(count: number, settings: ClientSettings) {
    this.#settings = settings
    for (let i = 0; i < count; i++) this.#begin(i)
  }

  async started(): Promise<void> {
    await Promise.all(this.#workers.map(({ started }) => started))
  }

  /** The process that serves as this client; null while it starts. */
  at(index: number): Worker | null {
    const worker = this.#workers[index]
    return worker?.isRunning === true ? worker : null
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.kill()))
  }

  #begin(index: number): void {
    const worker = new Worker(clientProgram, this.#settings)
    this.#workers[index] = worker
    void worker.exited.then(() => {
      if (worker.endedBy === null) return
      this.ended.push(worker.endedBy)
      this.#begin(index)
    })
  }
}
