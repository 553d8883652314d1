/** `cobnut map set-backups`: changes the backup counts of a map that is in use, and shows how far that is. */

import { setTimeout as pause } from 'node:timers/promises'
import type { BackupProgress } from 'cobnut'
import { count } from '../format.js'
import { MemberClient } from '../http-client.js'
import { type Terminal, writeLine } from '../terminal.js'
import type { AskFlags } from './status.js'

export interface SetBackupsFlags extends AskFlags {
  readonly backupCount?: number
  readonly asyncBackupCount?: number
  /** False: only orders it. */
  readonly wait: boolean
}

const lookEveryMs = 200

/** A count that is not given stays as it is. */
export async function setBackups(map: string, flags: SetBackupsFlags, { out, err }: Terminal): Promise<void> {
  const client = new MemberClient(flags.address)
  const { asked } = await client.backups(map)
  const { backupCount = asked.backupCount, asyncBackupCount = asked.asyncBackupCount } = flags
  let progress = await client.setBackups(map, { backupCount, asyncBackupCount })
  let told = ''
  while (flags.wait && !isDone(progress)) {
    const text = `${count(progress.complete)} of ${count(progress.groups)} partitions have their backups`
    if (text !== told && flags.json !== true) writeLine(err, text)
    told = text
    await pause(lookEveryMs)
    progress = await client.backups(map)
  }
  if (flags.json === true) writeLine(out, JSON.stringify(progress))
  else for (const line of lines(progress)) writeLine(out, line)
}

const isDone = ({ complete, groups, settled }: BackupProgress): boolean => settled && complete === groups

function* lines(progress: BackupProgress): Generator<string> {
  const { map, asked, kept, sharedWith } = progress
  yield `${map}: ${asked.backupCount} synchronous and ${asked.asyncBackupCount} asynchronous backups${isDone(progress) ? '' : ', being made'}`
  if (kept.backupCount === asked.backupCount && kept.asyncBackupCount === asked.asyncBackupCount) return
  yield `kept are ${kept.backupCount} and ${kept.asyncBackupCount}, for the maps that share its copies: ${sharedWith.join(', ')}`
}
