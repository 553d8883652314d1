/** Draws a cluster as lines of text, 80 columns and up. Pure: the same picture always gives the same lines. */

import type { MapStatus } from 'cobnut'
import {
  type ClusterPicture,
  figuresOf,
  type Health,
  healthOf,
  type MemberPicture,
  type MemberState,
  mapsOf,
  statusesOf,
} from './cluster-picture.js'
import { bytes, count, plural } from './format.js'
import { type Column, tableLines } from './table.js'
import type { Colours } from './terminal.js'

const newsMax = 6
const mapsMax = 6
/** From this width on there is room for columns that are nice to have. */
const wideColumns = 100

export function clusterLines(picture: ClusterPicture, columns: number, colours: Colours): string[] {
  const statuses = statusesOf(picture)
  const maps = mapsOf(statuses)
  return [
    headline(picture, colours),
    ...(statuses.length === 0 ? [] : [painted(healthOf(statuses), colours)]),
    '',
    ...(picture.members.length === 0 ? [] : tableLines(memberColumns(columns, colours), memberRows(picture), colours)),
    ...(maps.length === 0 ? [] : ['', ...mapLines(maps, isWhole(picture) ? '' : ' HERE', colours)]),
    ...section(picture.news.slice(-newsMax).map(line => colours.dim(line))),
    ...section(picture.hints),
  ]
}

const section = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', ...lines])

function headline(picture: ClusterPicture, colours: Colours): string {
  const running = picture.members.filter(({ state }) => state === 'running').length
  const members =
    running === picture.members.length ? plural(running, 'member') : `${running} of ${plural(picture.members.length, 'member')}`
  return `${colours.bold('Cobnut')}  cluster ${colours.bold(picture.clusterName)}  ${members}`
}

export function painted({ level, text }: Health, colours: Colours): string {
  return { good: colours.green, fair: colours.yellow, bad: colours.red }[level](text)
}

const paintedState = (state: MemberState, colours: Colours): string => {
  if (state === 'running') return colours.green(state)
  return state === 'died' || state === 'silent' ? colours.red(state) : colours.yellow(state)
}

/** The row below the members, with the sums of their figures. */
interface Total {
  readonly total: readonly MemberPicture[]
}
type Row = MemberPicture | Total

/** Every member that could hold something has told what. */
const isWhole = ({ members }: ClusterPicture): boolean =>
  members.every(({ state, status }) => status !== null || state === 'died' || state === 'stopped')

const memberRows = (picture: ClusterPicture): Row[] =>
  picture.members.length > 1 && isWhole(picture) && statusesOf(picture).length > 0
    ? [...picture.members, { total: picture.members }]
    : [...picture.members]

const membersOf = (row: Row): readonly MemberPicture[] => ('total' in row ? row.total : [row])

function memberColumns(columns: number, colours: Colours): Column<Row>[] {
  const figure = (title: string, of: (row: readonly MemberPicture[]) => string): Column<Row> => ({
    title,
    align: 'right',
    cell: row => {
      const known = membersOf(row).filter(({ status }) => status !== null)
      return known.length === 0 ? colours.dim('-') : of(known)
    },
  })
  const figures = (rows: readonly MemberPicture[]): ReturnType<typeof figuresOf> =>
    figuresOf(rows.flatMap(({ status }) => status?.maps ?? []))
  const sum = (rows: readonly MemberPicture[], of: (row: MemberPicture) => number): number =>
    rows.reduce((n, row) => n + of(row), 0)
  return [
    { title: 'MEMBER', cell: row => ('total' in row ? colours.dim('all') : nameOf(row)) },
    { title: 'STATE', cell: row => ('total' in row ? '' : paintedState(row.state, colours)) },
    { title: 'PID', align: 'right', cell: row => ('total' in row ? '' : String(row.pid ?? colours.dim('-'))) },
    figure('OWNED', rows => count(figures(rows).ownedEntries)),
    figure('BACKUP', rows => count(figures(rows).backupEntries)),
    figure('BYTES', rows => bytes(figures(rows).bytes)),
    ...(columns < wideColumns
      ? [figure('OPS/S', rows => count(sum(rows, row => reads(row) + writes(row))))]
      : [
          figure('READS/S', rows => count(sum(rows, reads))),
          figure('WRITES/S', rows => count(sum(rows, writes))),
          figure('CLIENTS', rows => count(sum(rows, row => row.status?.clients ?? 0))),
          figure('PARTITIONS', rows => count(sum(rows, row => row.status?.groups.owned ?? 0))),
        ]),
  ]
}

const reads = (row: MemberPicture): number => row.rates?.readsPerSecond ?? 0
const writes = (row: MemberPicture): number => row.rates?.writesPerSecond ?? 0

/** A star marks the coordinator. */
const nameOf = ({ address, status }: MemberPicture): string =>
  status !== null && status.coordinator === status.id ? `${address} *` : address

/** `where` follows the titles of figures that are not those of the whole cluster. */
function mapLines(maps: readonly MapStatus[], where: string, colours: Colours): string[] {
  const columns: Column<MapStatus>[] = [
    { title: 'MAP', cell: ({ name }) => name },
    { title: 'BACKUPS', cell: backupsText },
    { title: `ENTRIES${where}`, align: 'right', cell: ({ ownedEntries }) => count(ownedEntries) },
    { title: `COPIES${where}`, align: 'right', cell: ({ backupEntries }) => count(backupEntries) },
    { title: `BYTES${where}`, align: 'right', cell: map => bytes(map.ownedBytes + map.backupBytes) },
  ]
  const lines = tableLines(columns, maps.slice(0, mapsMax), colours)
  return maps.length > mapsMax
    ? [...lines, colours.dim(`and ${plural(maps.length - mapsMax, 'map')} more: see 'cobnut status'`)]
    : lines
}

export function backupsText({ backupCount, asyncBackupCount }: MapStatus): string {
  if (asyncBackupCount === 0) return `${backupCount} sync`
  return backupCount === 0 ? `${asyncBackupCount} async` : `${backupCount} sync ${asyncBackupCount} async`
}
