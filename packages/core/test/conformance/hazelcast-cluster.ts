/** Members of a real Hazelcast, each a JVM of its own, on the loopback. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterXml, freePort, until } from '../integration/test-cluster.js'

const START_LIMIT_MS = 60_000

export class HazelcastCluster {
  readonly addresses: string[] = []
  readonly #folder: string
  readonly #children: ChildProcess[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** @param jar path of `hazelcast-5.x.jar`; @param xml what stands beside the network in the configuration file. */
  static async start(jar: string, members: number, xml: string): Promise<HazelcastCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
    const port = await freePort()
    const file = join(folder, 'hazelcast.xml')
    await writeFile(file, clusterXml('conformance', port, xml))
    const cluster = new HazelcastCluster(folder)
    try {
      for (let i = 0; i < members; i++) await cluster.#add(jar, file, i + 1)
    } catch (error) {
      await cluster.close()
      throw error
    }
    cluster.addresses.push(...Array.from({ length: members }, (_, i) => `127.0.0.1:${port + i}`))
    return cluster
  }

  async #add(jar: string, file: string, size: number): Promise<void> {
    // each row has a map of its own, and each map a part in every partition
    const properties = { 'hazelcast.logging.type': 'jdk', 'hazelcast.phone.home.enabled': false, 'hazelcast.partition.count': 31 }
    const flags = [
      '-Xmx1g',
      `-Dhazelcast.config=${file}`,
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
    ]
    const child = spawn('java', [...flags, '-cp', jar, 'com.hazelcast.core.server.HazelcastMemberStarter'])
    this.#children.push(child)
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-20_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const started = new RegExp(`Members \\{size:${size},[\\s\\S]* is STARTED`)
    await until('Hazelcast to start', () => started.test(output) || child.exitCode !== null, START_LIMIT_MS)
    if (child.exitCode !== null) throw new Error(`Hazelcast did not start:\n${output}`)
  }

  async close(): Promise<void> {
    const ended = this.#children.map(child => child.exitCode ?? new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#children) child.kill('SIGKILL')
    await Promise.all(ended)
    await rm(this.#folder, { recursive: true, force: true })
  }
}
