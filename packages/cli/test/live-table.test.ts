import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { type ClusterPicture, healthOf } from '../src/cluster-picture.js'
import { cut, LiveScreen } from '../src/live-screen.js'
import { clusterLines } from '../src/live-table.js'
import { fakeMap, fakeStatus } from './fake-status.js'
import { noColours } from './support.js'

const cities = (ownedEntries: number, backupEntries: number): ReturnType<typeof fakeMap> =>
  fakeMap('cities', { ownedEntries, ownedBytes: ownedEntries * 250, backupEntries, backupBytes: backupEntries * 250 })

const rates = { atMs: 0, counters: { reads: 0, writes: 0 }, readsPerSecond: 1_234.4, writesPerSecond: 56_789 }

const picture: ClusterPicture = {
  clusterName: 'dev',
  members: [
    {
      address: '127.0.0.1:5701',
      pid: 4001,
      state: 'running',
      rates,
      status: fakeStatus({ id: 'a', coordinator: 'a', maps: [cities(67_000, 68_233)] }),
    },
    { address: '127.0.0.1:5702', pid: 4002, state: 'died', rates: null, status: null },
    {
      address: '127.0.0.1:5703',
      pid: 4003,
      state: 'running',
      rates,
      status: fakeStatus({ id: 'c', coordinator: 'a', maps: [cities(68_233, 67_000)] }),
    },
  ],
  news: ['12:00:01  127.0.0.1:5702  was ended by SIGKILL'],
  hints: ['Ctrl-C stops all members'],
}

test('a cluster fits 80 columns', () => {
  const lines = clusterLines(picture, 80, noColours)
  assert.deepEqual(lines, [
    'Cobnut  cluster dev  2 of 3 members',
    'all copies in place',
    '',
    'MEMBER            STATE     PID    OWNED   BACKUP     BYTES    OPS/S',
    '127.0.0.1:5701 *  running  4001   67,000   68,233  32.2 MiB   58,023',
    '127.0.0.1:5702    died     4002        -        -         -        -',
    '127.0.0.1:5703    running  4003   68,233   67,000  32.2 MiB   58,023',
    'all                              135,233  135,233  64.5 MiB  116,047',
    '',
    'MAP     BACKUPS  ENTRIES   COPIES     BYTES',
    'cities  1 sync   135,233  135,233  64.5 MiB',
    '',
    '12:00:01  127.0.0.1:5702  was ended by SIGKILL',
    '',
    'Ctrl-C stops all members',
  ])
  assert.ok(lines.every(line => line.length <= 80))
})

test('colours change no column', () => {
  const plain = clusterLines(picture, 120, noColours)
  const coloured = clusterLines(picture, 120, pc.createColors(true))
  assert.deepEqual(
    coloured.map(line => stripVTControlCharacters(line).trimEnd()),
    plain,
  )
  assert.ok(coloured.join('').includes('\x1b[31m'))
})

test('health is said by the member that knows most, worst first', () => {
  const groups = { total: 271, owned: 0, backups: 0, copying: 0, underReplicated: 0, unavailable: 0, lost: 0 }
  const of = (fields: Partial<typeof groups>, stateVersion = 1): ReturnType<typeof fakeStatus> =>
    fakeStatus({ stateVersion, groups: { ...groups, ...fields } })
  assert.equal(healthOf([]).level, 'fair')
  assert.equal(healthOf([of({ underReplicated: 5 }), of({}, 2)]).level, 'good')
  assert.deepEqual(healthOf([of({ underReplicated: 5, copying: 2 })]), {
    level: 'fair',
    text: '5 partition groups under-replicated: copying 2',
  })
  assert.equal(healthOf([of({ underReplicated: 5, unavailable: 1 })]).level, 'bad')
  assert.match(healthOf([of({ unavailable: 1, lost: 3 })]).text, /^3 .*lost/)
})

/** Enough of a terminal to see what stands on it after some writes. */
class Page {
  readonly lines: string[] = ['']
  columns = 40
  rows = 10
  writes = 0
  #row = 0

  write(text: string): void {
    this.writes++
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
    for (const part of text.match(/\x1b\[\??\d*[A-Za-z]|\n|\r|[^\x1b\n\r]+/g) ?? []) this.#take(part)
  }

  #take(part: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is read here
    const up = /^\x1b\[(\d+)A$/.exec(part)
    if (up !== null) this.#row -= Number(up[1])
    else if (part === '\n') this.#row++
    else if (part === '\x1b[J') this.lines.length = this.#row
    else if (!part.startsWith('\x1b') && part !== '\r') this.lines[this.#row] = part
  }
}

test('the screen redraws in place and forgets lines that are gone', () => {
  const page = new Page()
  const screen = new LiveScreen(page)
  screen.show(['one', 'two', 'three'])
  screen.show(['ONE', 'two'])
  assert.deepEqual(page.lines, ['ONE', 'two'])
  const { writes } = page
  screen.show(['ONE', 'two'])
  assert.equal(page.writes, writes, 'an equal picture is not written again')
})

test('a picture never grows over the terminal', () => {
  const page = new Page()
  new LiveScreen(page).show(Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(60)}`))
  assert.equal(page.lines.length, 9)
  assert.ok(page.lines.every(line => line.length === 40))
  assert.equal(cut('abcdef', 4), 'abc…')
})
