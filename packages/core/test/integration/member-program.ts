/** A member in a process of its own, for tests: started with a configuration file, led by messages of its parent. */

import type { BackupCounts, RecoverOptions } from '../../src/api/admin.js'
import type { IMap } from '../../src/api/map.js'
import type { Member } from '../../src/api/member.js'
import { isCobnutError } from '../../src/base/errors.js'
import { Cobnut } from '../../src/cobnut.js'
import { entryProcessors, interceptors } from './application.js'

export interface Ask {
  readonly id: number
  /** A method of the member, or of the map named first. */
  readonly name: string
  readonly args: readonly unknown[]
}

export type Told =
  | { readonly type: 'started'; readonly id: string; readonly port: number }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly problems: unknown }
  | {
      readonly type: 'answer'
      readonly id: number
      readonly value?: unknown
      readonly error?: { code: string; message: string; outcome: string; cause: unknown }
    }
  | { readonly type: 'log'; readonly line: Record<string, unknown> }

const tell = (told: Told): void => {
  if (process.connected) process.send?.(told)
}

function run(member: Member, { name, args }: Ask): unknown {
  switch (name) {
    case 'status':
      return member.status()
    case 'isSafe':
      return member.isSafe()
    case 'members':
      return member.members()
    case 'clients':
      return member.clients()
    case 'setBackups':
      return member.admin.setBackups(args[0] as string, args[1] as BackupCounts)
    case 'backups':
      return member.admin.backups(args[0] as string)
    case 'recover':
      return member.admin.recover(args[0] as RecoverOptions)
    case 'conflicts':
      return member.admin.conflicts()
    case 'groups':
      return member.admin.groups(args[0] as string | undefined)
    case 'shutdown':
      return member.shutdown(args[0] as { timeoutMs: number })
    default: {
      const [map, ...rest] = args
      const target = member.getMap(map as string)
      return (target[name as keyof IMap] as (...a: unknown[]) => unknown).apply(target, rest)
    }
  }
}

async function onAsk(member: Member, ask: Ask): Promise<void> {
  try {
    const value = await run(member, ask)
    tell({ type: 'answer', id: ask.id, value: value instanceof Map ? [...value] : value })
  } catch (error) {
    const { code, outcome } = isCobnutError(error) ? error : { code: 'OTHER', outcome: 'unknown' }
    const cause = (error as Error).cause
    tell({ type: 'answer', id: ask.id, error: { code, message: String(error), outcome, cause: cause && String(cause) } })
  }
}

try {
  const member = await Cobnut.start(
    { file: process.argv[2] as string },
    { logSink: line => tell({ type: 'log', line: { ...line } }), entryProcessors, interceptors },
  )
  process.on('message', (ask: Ask) => void onAsk(member, ask))
  tell({ type: 'started', id: member.id, port: member.address.port })
} catch (error) {
  const details = isCobnutError(error) ? error : null
  tell({ type: 'failed', code: details?.code ?? 'OTHER', message: String(error), problems: details?.details.problems ?? [] })
  process.disconnect()
}
// a member must not outlive the test that started it
process.on('disconnect', () => process.exit(0))
