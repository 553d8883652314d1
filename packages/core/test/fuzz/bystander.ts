/** A client that does nothing wrong, and must not notice what the others do: it writes and reads all along. */

import { Client } from 'hazelcast-client'

const MAP = 'a map of the bystander'
const KEYS = 200
/** How often it clears away what the attackers have made: their names of maps are endless. */
const SWEEP_MS = 500

export class Bystander {
  readonly #client: Client
  readonly #failures: string[] = []
  #calls = 0
  #stopped = false
  readonly #done: Promise<unknown>

  private constructor(client: Client) {
    this.#client = client
    this.#done = Promise.all([this.#work(), this.#sweep()])
  }

  static async start(port: number, clusterName: string): Promise<Bystander> {
    const client = await Client.newHazelcastClient({
      clusterName,
      network: { clusterMembers: [`127.0.0.1:${port}`] },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    return new Bystander(client)
  }

  get calls(): number {
    return this.#calls
  }

  /** Calls that failed, and values that were not what was written. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true
    await this.#done
    await this.#client.shutdown()
    return this.#failures
  }

  async #work(): Promise<void> {
    const written = new Map<string, number>()
    for (let i = 0; !this.#stopped && this.#failures.length < 10; i++) {
      const key = `key-${i % KEYS}`
      try {
        const map = await this.#client.getMap<string, number>(MAP)
        const before = await map.put(key, i)
        const wanted = written.get(key) ?? null
        if (before !== wanted) this.#failures.push(`${key} was ${before} and not ${wanted}`)
        written.set(key, i)
        const found = await map.get(key)
        if (found !== i) this.#failures.push(`${key} is ${found} and not ${i}`)
        this.#calls += 2
      } catch (error) {
        this.#failures.push(`${key}: ${error}`)
      }
    }
  }

  async #sweep(): Promise<void> {
    while (!this.#stopped) {
      await new Promise(resume => setTimeout(resume, SWEEP_MS))
      try {
        for (const object of await this.#client.getDistributedObjects()) if (object.getName() !== MAP) await object.destroy()
      } catch (error) {
        this.#failures.push(`sweeping: ${error}`)
      }
    }
  }
}
