/** `cobnut doctor`, `partitions` and `where`: what may be stopped, what is not served, and where an entry lives. */

import type { Checkup, GroupView, MemberStatus, Recovery } from 'cobnut'
import { addressText, type HostPort } from '../address.js'
import { CommandError, exitCode } from '../exit.js'
import { count, plural } from '../format.js'
import { MemberClient } from '../http-client.js'
import { valueFromText } from '../key-value.js'
import { type Column, tableLines } from '../table.js'
import { type Colours, type Terminal, writeLine } from '../terminal.js'
import type { AskFlags } from './status.js'

export interface DoctorFlags extends AskFlags {
  /** Id or `host:port` of the one member that is asked about. */
  readonly member?: string
}

/** @returns 0: may be stopped (every member, one at a time, or the one asked about); 1: not now, or on a side without a quorum. */
export async function doctor({ address, json, member }: DoctorFlags, { out, colours }: Terminal): Promise<number> {
  const checkup = await new MemberClient(address).checkup()
  const asked = member === undefined ? checkup.members : [named(checkup, member)]
  const mayStop = checkup.current && !checkup.fork && asked.every(m => m.mayStop)
  if (json === true) writeLine(out, JSON.stringify({ mayStop, ...checkup, members: asked }))
  else for (const line of doctorLines(checkup, asked, colours)) writeLine(out, line)
  return mayStop ? exitCode.ok : exitCode.failure
}

function named({ members }: Checkup, name: string): Checkup['members'][number] {
  const found = members.find(({ id, address }) => id === name || address === name)
  if (found !== undefined) return found
  const known = members.map(({ id, address }) => `${address} (${id})`).join(', ')
  throw new CommandError(`no member is called '${name}'; there are ${known}`, { exitCode: exitCode.usage })
}

function doctorLines({ current, fork }: Checkup, members: Checkup['members'], colours: Colours): string[] {
  const old = 'the member that was asked hears nobody who decides about the cluster: what follows may be old'
  const divided =
    'this is a side of a divided cluster that goes on without a quorum: what is written here may be given up by merging'
  const lines = [...(current ? [] : [old]), ...(fork ? [divided] : [])].map(colours.red)
  for (const { address, id, mayStop, reasons } of members) {
    lines.push(`${mayStop ? colours.green('yes') : colours.red('no ')}  ${address} ${colours.dim(id)}`)
    for (const { text } of reasons) lines.push(`     ${text}`)
  }
  const question = members.length === 1 ? 'May this member be stopped now?' : 'May one of these members be stopped now?'
  return [colours.dim(question), ...lines]
}

export interface PartitionsFlags extends AskFlags {
  readonly map?: string
  readonly all?: boolean
}

/** Groups that are not as they should be, or all of them. */
export async function partitions({ address, json, map, all }: PartitionsFlags, { out, colours }: Terminal): Promise<void> {
  const client = new MemberClient(address)
  const [groups, { members }] = await Promise.all([client.groups(), client.status()])
  const chosen = groups.filter(g => map === undefined || g.maps.includes(map))
  const shown = chosen.filter(g => all === true || g.status !== 'ok' || g.inSyncBackups.length < g.backupCount)
  if (json === true) return writeLine(out, JSON.stringify({ total: chosen.length, groups: shown }))
  const served = chosen.filter(g => g.status === 'ok').length
  writeLine(out, `${count(served)} of ${plural(chosen.length, 'group')} served, ${count(shown.length)} shown`)
  if (shown.length > 0) for (const line of groupLines(shown, members, colours)) writeLine(out, line)
}

export interface RecoverFlags extends AskFlags {
  readonly map?: string
  readonly acceptDataLoss?: boolean
}

/** @returns 0: done, or nothing to do; 1: it would cost entries, and was not allowed. */
export async function recover(flags: RecoverFlags, { out, err, colours }: Terminal): Promise<number> {
  const { address, json, map, acceptDataLoss = false } = flags
  const client = new MemberClient(address)
  const [{ done, groups }, { members }] = await Promise.all([
    client.recover({ ...(map === undefined ? {} : { map }), acceptDataLoss }),
    client.status(),
  ])
  const isRefused = !done && groups.length > 0
  if (json === true) writeLine(out, JSON.stringify({ done, groups }))
  else for (const line of recoveryLines(groups, done, members, colours)) writeLine(out, line)
  if (isRefused) writeLine(err, 'nothing was changed; --accept-data-loss gives up what is listed, for good')
  return isRefused ? exitCode.failure : exitCode.ok
}

function recoveryLines(groups: Recovery['groups'], done: boolean, members: MemberStatus['members'], colours: Colours): string[] {
  if (groups.length === 0) return ['nothing to recover: every group is served, or waits for one that is still a member']
  type Row = Recovery['groups'][number]
  const columns: Column<Row>[] = [
    { title: 'PARTITION', align: 'right', cell: g => String(g.partitionId) },
    { title: 'WAS', cell: g => g.status },
    { title: 'MAPS', cell: g => g.maps.join(' ') || '-' },
    { title: 'GIVEN UP', cell: g => (g.awaited.length === 0 ? 'every copy is gone' : `what ${g.awaited.join(' ')} has`) },
    { title: 'GOES ON', cell: g => (g.from === null ? 'empty' : `with the asynchronous copy of ${memberName(g.from, members)}`) },
  ]
  const heading = `${plural(groups.length, 'group')} ${done ? 'recovered' : 'can be recovered, at this price:'}`
  return [heading, ...tableLines(columns, groups, colours)]
}

function groupLines(groups: readonly GroupView[], members: MemberStatus['members'], colours: Colours): string[] {
  const named = (ids: readonly string[]): string => ids.map(id => memberName(id, members)).join(' ') || '-'
  const columns: Column<GroupView>[] = [
    { title: 'PARTITION', align: 'right', cell: g => String(g.partitionId) },
    { title: 'STATUS', cell: g => (g.status === 'ok' ? g.status : colours.red(g.status)) },
    { title: 'OWNER', cell: g => named(g.owner === null ? [] : [g.owner]) },
    { title: 'IN SYNC', cell: g => named(g.inSyncBackups) },
    { title: 'COPYING TO', cell: g => named(g.learner === null ? [] : [g.learner]) },
    { title: 'AWAITED', cell: g => named(g.awaited) },
    { title: 'MAPS', cell: g => g.maps.join(' ') || '-' },
  ]
  return tableLines(columns, groups, colours)
}

function memberName(id: string, members: MemberStatus['members']): string {
  const member = members.find(m => m.id === id)
  return member === undefined ? id : addressText(member.address as HostPort)
}

export async function where(
  map: string,
  keyText: string,
  { address, json }: AskFlags,
  { out, colours }: Terminal,
): Promise<void> {
  const key = valueFromText(keyText)
  const client = new MemberClient(address)
  const [group, { members }] = await Promise.all([client.where(map, key), client.status()])
  if (json === true) return writeLine(out, JSON.stringify({ map, key, ...group }))
  const list = (ids: readonly string[]): string => ids.map(id => memberName(id, members)).join(', ') || 'none'
  const facts: [string, string][] = [
    ['partition', `${group.partitionId}, group ${group.group}, epoch ${group.epoch}`],
    ['status', group.status === 'ok' ? colours.green('ok') : colours.red(group.status)],
    ['owner', list(group.owner === null ? [] : [group.owner])],
    ['in sync', list(group.inSyncBackups)],
    ...(group.asyncCopies.length > 0 ? [['async', list(group.asyncCopies)] as [string, string]] : []),
    ...(group.learner === null ? [] : [['copying to', list([group.learner])] as [string, string]]),
    ...(group.awaited.length > 0 ? [['awaited', list(group.awaited)] as [string, string]] : []),
    ['safe', safetyText(group)],
  ]
  for (const [name, value] of facts) writeLine(out, `${colours.dim(name.padEnd(11))} ${value}`)
}

function safetyText({ status, survives, backupCount, backupsRequired }: GroupView): string {
  if (status === 'lost') return 'every copy is gone'
  if (status === 'unavailable') return 'nothing is served until an awaited member is back'
  const now = survives === 0 ? 'against no loss' : `against the loss of ${plural(survives, 'member')} at once`
  if (backupsRequired < backupCount) return `${now}; ${plural(backupCount, 'backup')} configured, too few members for more`
  return survives < backupCount ? `${now}; writes wait for the copy that is being made` : now
}
