/** What a running member says over HTTP, on the same port as everything else. Every failure names the address and the way out. */

import type { BackupCounts, BackupProgress, Checkup, ClientView, GroupView, MemberStatus, RecoverOptions, Recovery } from 'cobnut'
import { addressText, type HostPort } from './address.js'
import { CommandError } from './exit.js'
import { type Access, accessFrom, credentialsHelp, request, tlsHelp } from './http-request.js'

/** A member that is alive answers in milliseconds; one that is paused must not hang a command. */
const defaultTimeoutMs = 5_000

interface Entry {
  readonly found: boolean
  readonly value: unknown
}

interface Keys {
  readonly keys: readonly unknown[]
  /** How many there are in all. */
  readonly total: number
}

export class MemberClient {
  readonly address: HostPort
  readonly #timeoutMs: number
  readonly #access: Access

  constructor(address: HostPort, timeoutMs = defaultTimeoutMs, access: Access = accessFrom(process.env)) {
    this.address = address
    this.#timeoutMs = timeoutMs
    this.#access = access
  }

  async status(): Promise<MemberStatus> {
    return (await this.#ask('GET', 'status')) as MemberStatus
  }

  async clients(): Promise<readonly ClientView[]> {
    return (await this.#ask('GET', 'clients')) as readonly ClientView[]
  }

  async checkup(): Promise<Checkup> {
    return (await this.#ask('GET', 'checkup')) as Checkup
  }

  async groups(): Promise<readonly GroupView[]> {
    return (await this.#ask('GET', 'groups')) as readonly GroupView[]
  }

  async backups(map: string): Promise<BackupProgress> {
    return (await this.#ask('GET', `maps/${encodeURIComponent(map)}/backups`)) as BackupProgress
  }

  async setBackups(map: string, counts: BackupCounts): Promise<BackupProgress> {
    return (await this.#ask('PUT', `maps/${encodeURIComponent(map)}/backups`, counts)) as BackupProgress
  }

  async recover(options: RecoverOptions): Promise<Recovery> {
    return (await this.#ask('POST', 'recover', options)) as Recovery
  }

  async where(map: string, key: unknown): Promise<GroupView> {
    return (await this.#ask('GET', keyPath(map, 'where', key))) as GroupView
  }

  /** Members that were taken for dead. */
  async takeLead(): Promise<readonly string[]> {
    return ((await this.#ask('POST', 'take-lead', { acceptDataLoss: true })) as { gone: string[] }).gone
  }

  async get(map: string, key: unknown): Promise<Entry> {
    const answer = await this.#ask('GET', entryPath(map, key), undefined, 'NO_ENTRY')
    return answer === notThere ? { found: false, value: null } : { found: true, value: (answer as { value: unknown }).value }
  }

  async put(map: string, key: unknown, value: unknown): Promise<void> {
    await this.#ask('PUT', entryPath(map, key), value)
  }

  /** True if something was removed. */
  async remove(map: string, key: unknown): Promise<boolean> {
    return ((await this.#ask('DELETE', entryPath(map, key))) as { removed: boolean }).removed
  }

  async size(map: string): Promise<number> {
    return ((await this.#ask('GET', `maps/${encodeURIComponent(map)}/size`)) as { size: number }).size
  }

  async keys(map: string, limit: number): Promise<Keys> {
    return (await this.#ask('GET', `maps/${encodeURIComponent(map)}/keys?limit=${limit}`)) as Keys
  }

  async #ask(method: string, path: string, body?: unknown, absent?: string): Promise<unknown> {
    const { address } = this
    let status: number
    let text: string
    try {
      const asked = { method, path: `/cobnut/v1/${path}`, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      ;({ status, text } = await request(address, asked, this.#access, this.#timeoutMs))
    } catch (error) {
      throw this.#unreachable(error)
    }
    const answer = jsonOf(text)
    if (absent !== undefined && (answer as { code?: string } | undefined)?.code === absent) return notThere
    if (status >= 400) throw this.#refused(status, answer)
    if (answer === undefined && text !== '') throw this.#foreign()
    return answer
  }

  #unreachable(error: unknown): CommandError {
    const to = addressText(this.address)
    if (error instanceof CommandError) return error
    if (error instanceof Error && error.name === 'TimeoutError') {
      return new CommandError(`the member at ${to} did not answer within ${this.#timeoutMs} ms`, { cause: error })
    }
    const { code } = error as { code?: string }
    if (code === 'ECONNREFUSED') {
      const text = `no member listens at ${to}; start one with 'cobnut start', or name another with --address HOST:PORT`
      return new CommandError(text, { cause: error })
    }
    if (code?.startsWith('HPE_')) return this.#foreign()
    if (code === 'EPROTO' || code?.startsWith('ERR_SSL')) {
      return new CommandError(`the member at ${to} does not speak TLS, or wants a certificate; ${tlsHelp}`, { cause: error })
    }
    return new CommandError(`the member at ${to} cannot be reached: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }

  #refused(status: number, answer: unknown): CommandError {
    const { code, message } = (answer ?? {}) as { code?: string; message?: string }
    if (status === 401) {
      const why =
        this.#access.user === undefined ? (message ?? 'no credentials') : 'the credentials given are not those of a client'
      return new CommandError(`${addressText(this.address)} refused: ${why}; ${credentialsHelp}`)
    }
    if (code === 'TLS_REQUIRED') {
      return new CommandError(`the member at ${addressText(this.address)} speaks TLS; ${tlsHelp}`)
    }
    if (message === undefined) return this.#foreign()
    return new CommandError(`${addressText(this.address)} refused: ${message} (${code ?? `HTTP ${status}`})`)
  }

  #foreign(): CommandError {
    return new CommandError(`what answers at ${addressText(this.address)} is not a Cobnut member`)
  }
}

const notThere = Symbol('not there')

/** Keys travel as JSON, so that the number 7 and the text '7' stay different keys. */
const keyPath = (map: string, what: 'entries' | 'where', key: unknown): string =>
  `maps/${encodeURIComponent(map)}/${what}/${encodeURIComponent(JSON.stringify(key))}?type=json`

const entryPath = (map: string, key: unknown): string => keyPath(map, 'entries', key)

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
