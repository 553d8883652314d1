/**
 * Proof that a process of this host is dead. Each member listens on a Unix socket named by its incarnation: a connection
 * is refused if, and only if, no process listens there any more. A paused process still accepts into its backlog, a cut
 * network does not matter, and an absent file proves nothing (somebody may have cleaned up).
 *
 *   answer of the system        says
 *   connected                   alive
 *   ECONNREFUSED                dead      the only proof
 *   ENOENT, EAGAIN, silence     unknown
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { lstat, mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MemberId } from '../base/ids.js'
import type { DeathProof, Incarnation } from '../env/env.js'

/** The system answers within a millisecond, or it is in trouble. */
const probeTimeoutMs = 200
/** Sockets of dead processes are kept so long, for peers that have not asked yet. */
const staleAfterMs = 24 * 60 * 60 * 1000
/**
 * Looked at by one start: where members are killed by the thousand, a look at all of their sockets would keep the process from ending
 * for half a second, and its members from their work.
 */
const staleLooksMax = 100
/** Longest path of a Unix socket that every system takes, bytes. */
const socketPathMax = 103
/** A UUID without its dashes. */
const nameChars = 32
const isName = (text: string): boolean => /^[\w-]{1,64}$/.test(text)

const noProof: Incarnation = { token: '', withdraw: () => Promise.resolve() }

export class DeathWitness {
  readonly #directory: string
  readonly #hostId: string

  /** @param directory of this user alone; made when missing. */
  constructor(directory: string = defaultDirectory()) {
    this.#directory = directory
    this.#hostId = hostId(directory)
  }

  async announce(id: MemberId): Promise<Incarnation> {
    const name = id.replaceAll('-', '')
    const path = join(this.#directory, name)
    // named pipes of Windows vanish with their process, and so does a pipe that nobody made: no proof
    if (process.platform === 'win32' || !isName(name) || Buffer.byteLength(path) > socketPathMax) return noProof
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      if (!(await isOurs(this.#directory))) return noProof
      const server = createServer(socket => socket.destroy())
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        // exclusive: a worker of node:cluster would leave the socket to its primary, which outlives it
        server.listen({ path, exclusive: true }, resolve)
      })
      server.unref()
      void this.#removeStale(name)
      // closing removes the file
      const withdraw = (): Promise<void> => new Promise(resolve => server.close(() => resolve()))
      return { token: `${this.#hostId}:${name}`, withdraw }
    } catch {
      // without a place for the socket there is no proof, and failures are found by silence
      return noProof
    }
  }

  async probe(token: string): Promise<DeathProof> {
    const here = `${this.#hostId}:`
    const name = token.slice(here.length)
    if (!token.startsWith(here) || !isName(name)) return 'unknown'
    // whoever else could write there could make a live member look dead
    if (!(await isOurs(this.#directory).catch(() => false))) return 'unknown'
    return connectTo(join(this.#directory, name))
  }

  /** Looks at those behind its own name, which is drawn: each one has its turn. */
  async #removeStale(own: string): Promise<void> {
    const names = (await readdir(this.#directory).catch(() => [])).sort((a, b) => (a < b ? -1 : 1))
    const behind = names.filter(name => name > own)
    for (const name of [...behind, ...names].slice(0, staleLooksMax)) {
      const path = join(this.#directory, name)
      const madeMs = (await stat(path).catch(() => null))?.mtimeMs
      if (madeMs === undefined || Date.now() - madeMs < staleAfterMs) continue
      if ((await connectTo(path)) === 'dead') await unlink(path).catch(() => {})
    }
  }
}

function connectTo(path: string): Promise<DeathProof> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    const settle = (proof: DeathProof): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(proof)
    }
    const timer = setTimeout(() => settle('unknown'), probeTimeoutMs)
    socket.once('connect', () => settle('alive'))
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED' ? 'dead' : 'unknown'))
  })
}

const userId = (): number => process.getuid?.() ?? 0

/** In the directory for temporary files, or in /tmp where that one's name is too long for a socket. */
function defaultDirectory(): string {
  const name = `cobnut-${userId()}`
  const wished = join(tmpdir(), name)
  return Buffer.byteLength(wished) + 1 + nameChars <= socketPathMax ? wished : join('/tmp', name)
}

/** A directory of this user, that nobody else may write to. */
async function isOurs(directory: string): Promise<boolean> {
  const found = await lstat(directory)
  return found.isDirectory() && found.uid === userId() && (found.mode & 0o077) === 0
}

/**
 * Equal for processes that see each other's sockets: one kernel, one boot, one host or container, one file tree, one
 * user. Hashed, because the machine id is not for strangers.
 */
function hostId(directory: string): string {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      return ''
    }
  }
  const facts = [hostname(), read('/proc/sys/kernel/random/boot_id'), read('/etc/machine-id'), String(userId()), directory]
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 32)
}
