/** Columns of text without lines around them, for the live views and for the answers of commands. Pure. */

import Table from 'cli-table3'
import type { Colours } from './terminal.js'

export interface Column<Row> {
  readonly title: string
  readonly align?: 'right'
  cell(row: Row): string
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], colours: Colours): string[] {
  const table = new Table({
    head: columns.map(({ title }) => colours.dim(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: noLines,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [], compact: true },
  })
  for (const row of rows) table.push(columns.map(column => column.cell(row)))
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}
