// Redis with one replica, over the few lines of its protocol that this benchmark needs.
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, started, stopped } from './processes.mjs'

/** One connection; answers come in the order of the questions. Understands integers, bulk strings, status and errors. */
class Connection {
  #socket
  #waiting = []
  #rest = Buffer.alloc(0)

  static async open(port) {
    const one = new Connection()
    one.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => one.#socket.once('connect', resolve).once('error', reject))
    one.#socket.on('data', chunk => one.#read(chunk))
    return one
  }

  ask(...words) {
    const text = `*${words.length}\r\n${words.map(w => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`
    this.#socket.write(text)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #read(chunk) {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    for (;;) {
      const end = bytes.indexOf('\r\n')
      if (end === -1) break
      const kind = String.fromCharCode(bytes[0])
      const text = bytes.toString('latin1', 1, end)
      let after = end + 2
      let answer = text
      if (kind === '$' && text !== '-1') {
        const length = Number(text)
        if (bytes.length < after + length + 2) break
        answer = bytes.subarray(after, after + length)
        after += length + 2
      }
      bytes = bytes.subarray(after)
      const { resolve, reject } = this.#waiting.shift()
      if (kind === '-') reject(new Error(text))
      else resolve(answer)
    }
    this.#rest = bytes
  }

  close() {
    this.#socket.destroy()
  }
}

export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'cobnut-bench-'))
  const port = await freePort()
  const common = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--dir', folder, '--repl-diskless-sync-delay', '0']
  const primary = await started('redis-server', ['--port', `${port}`, ...common], /Ready to accept connections/)
  const replicaPort = await freePort()
  const replica = await started(
    'redis-server',
    ['--port', `${replicaPort}`, '--replicaof', '127.0.0.1', `${port}`, ...common],
    /sync: Finished with success|Finished with success/,
  )
  const connections = await Promise.all(Array.from({ length: 64 }, () => Connection.open(port)))
  return {
    async setAndWait(key, value, worker) {
      const connection = connections[worker % connections.length]
      const set = connection.ask('SET', key, value)
      const acknowledged = connection.ask('WAIT', '1', '0')
      await set
      if ((await acknowledged) < 1) throw new Error('the replica did not acknowledge')
    },
    set: (key, value, worker) => connections[worker % connections.length].ask('SET', key, value),
    get: (key, worker) => connections[worker % connections.length].ask('GET', key),
    async stop() {
      for (const connection of connections) connection.close()
      await stopped(replica.child)
      await stopped(primary.child)
    },
  }
}
