/**
 * Proof that a process of this host is dead. Each member listens on a Unix socket named by its incarnation: a connection
 * is refused if, and only if, no process listens there any more. A paused process still accepts into its backlog, a cut
 * network does not matter, and an absent file proves nothing (somebody may have cleaned up).
 */

import { readFileSync } from 'node:fs'
import { chmod, mkdir, readdir, stat, unlink } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { MemberId } from '../base/ids.js'
import type { DeathProof, Incarnation } from '../env/env.js'

const probeTimeoutMs = 200
const staleAfterMs = 24 * 60 * 60 * 1000
/** Longest path that every system accepts for a Unix socket, bytes. */
const socketPathMax = 100

const directory = (): string => join(tmpdir(), `cobnut-${userInfo().uid}`)

/** Equal for processes that see each other's sockets: one kernel, one boot, one file tree, one user. */
function hostId(): string {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      return ''
    }
  }
  return [hostname(), read('/proc/sys/kernel/random/boot_id'), read('/etc/machine-id'), directory()].join('|')
}

const none: Incarnation = { token: '', withdraw: () => Promise.resolve() }

export async function announceIncarnation(id: MemberId): Promise<Incarnation> {
  if (process.platform === 'win32') return none
  const path = join(directory(), `${id}.sock`)
  if (Buffer.byteLength(path) > socketPathMax) return none
  try {
    await mkdir(directory(), { recursive: true, mode: 0o700 })
    await chmod(directory(), 0o700)
    void removeStale(directory())
    const server = createServer(socket => socket.destroy())
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    server.unref()
    const withdraw = async (): Promise<void> => {
      await new Promise<void>(resolve => server.close(() => resolve()))
      await unlink(path).catch(() => {})
    }
    return { token: `${hostId()}:${path}`, withdraw }
  } catch {
    // without a place for the socket there is no proof, and failures are found by silence
    return none
  }
}

/** Sockets of processes that died long ago. */
async function removeStale(from: string): Promise<void> {
  for (const name of await readdir(from).catch(() => [])) {
    const path = join(from, name)
    const made = (await stat(path).catch(() => null))?.mtimeMs ?? Date.now()
    const age = Date.now() - made
    if (age > staleAfterMs && (await probePath(path)) === 'dead') await unlink(path).catch(() => {})
  }
}

export async function probeIncarnation(token: string): Promise<DeathProof> {
  const here = `${hostId()}:`
  return token.startsWith(here) ? probePath(token.slice(here.length)) : 'unknown'
}

function probePath(path: string): Promise<DeathProof> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    const timer = setTimeout(() => settle('unknown'), probeTimeoutMs)
    const settle = (proof: DeathProof): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(proof)
    }
    socket.once('connect', () => settle('alive'))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED' ? 'dead' : 'unknown'))
  })
}
