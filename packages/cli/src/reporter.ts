/** Two ways to tell what happens: JSON lines for programs, a live picture for people. */

import type { ClusterPicture } from './cluster-picture.js'
import { eventText } from './event-text.js'
import type { EventLine } from './json-lines.js'
import { LiveScreen } from './live-screen.js'
import { clusterLines } from './live-table.js'
import { type Terminal, writeEvent } from './terminal.js'

export interface Reporter {
  /** Draws for people, and so leaves out what only explains. */
  readonly isLive: boolean
  /** `from` names the member where there are several. */
  event(line: EventLine, from?: string): void
  /** Something worth a look, in words. */
  note(text: string): void
  /** The picture may have changed. */
  changed(): void
  close(): void
}

/** Events on `out`; words on `err`, where no program mistakes them for events. */
export function jsonReporter({ out, err }: Terminal): Reporter {
  return {
    isLive: false,
    event: ({ event, ...fields }, from) => writeEvent(out, event, from === undefined ? fields : { ...fields, from }),
    note: text => {
      err.write(`${text}\n`)
    },
    changed: () => {},
    close: () => {},
  }
}

export interface PictureSource {
  picture(): ClusterPicture
  tell(text: string): void
}

const redrawEveryMs = 500

/** Draws what `source` shows whenever it changes, and twice a second for the clock's sake. */
export function liveReporter({ out, colours }: Terminal, source: () => PictureSource | null): Reporter {
  const screen = new LiveScreen(out)
  const draw = (): void => {
    const picture = source()?.picture()
    if (picture !== undefined) screen.show(clusterLines(picture, screen.columns, colours))
  }
  const repaint = (): void => screen.repaint()
  const timer = setInterval(draw, redrawEveryMs)
  process.stdout.on('resize', repaint)
  const note = (text: string): void => {
    source()?.tell(text)
    draw()
  }
  return {
    isLive: true,
    event: (line, from) => {
      const text = eventText(line)
      if (text !== null) note(from === undefined ? text : `${from}  ${text}`)
    },
    note,
    changed: draw,
    close: () => {
      clearInterval(timer)
      process.stdout.off('resize', repaint)
      draw()
      screen.close()
    },
  }
}
