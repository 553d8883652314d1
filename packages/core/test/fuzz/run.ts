/** What `npm run fuzz` runs. The last line is the verdict as JSON; exit code 1 if anything was violated. */

import { parseArgs } from 'node:util'
import { campaign } from './campaign.js'
import { record } from './record.js'

const MEBIBYTE = 1024 * 1024
const SHOW_MS = 5_000

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    'rss-mb': { type: 'string', default: '700' },
    record: { type: 'boolean', default: false },
  },
})

if (values.record) await record()
else {
  let shownMs = performance.now()
  const verdict = await campaign({
    frames: Number(values.frames),
    seed: Number(values.seed),
    rssBytesMax: Number(values['rss-mb']) * MEBIBYTE,
    onProgress({ frames, connections, rssBytes }) {
      if (performance.now() - shownMs < SHOW_MS) return
      shownMs = performance.now()
      console.log(`${frames} frames, ${connections} connections, ${Math.round(rssBytes / MEBIBYTE)} MiB`)
    },
  })
  console.log(JSON.stringify(verdict))
  process.exitCode = verdict.violations.length === 0 ? 0 : 1
}
