/**
 * node scripts/rules.mjs [--json] [FOLDER]: the rules of this house that no general tool knows, for the repository or for a
 * tree that is laid out like it: who may import whom (rooms), and what the core may not touch (the seam).
 */

import { fileURLToPath } from 'node:url'
import { roomViolations } from './lib/rooms.mjs'
import { seamViolations } from './lib/seam.mjs'

const args = process.argv.slice(2)
const asJson = args.includes('--json')
const root = args.find(arg => arg !== '--json') ?? fileURLToPath(new URL('..', import.meta.url))

const rooms = await roomViolations(root)
const seam = seamViolations(root)
const violations = [...rooms.violations, ...seam.violations]

if (asJson) {
  console.log(JSON.stringify({ violations, edges: rooms.edges, files: seam.files }))
} else {
  for (const { rule, file, line, text } of violations) console.log(`${file}:${line} ${rule}: ${text}`)
  console.log(`${violations.length} violations; ${rooms.edges} imports between rooms, ${seam.files} files behind the seam`)
  if (rooms.edges === 0) console.log('No import between rooms was seen: the rules looked at nothing.')
}
process.exitCode = violations.length > 0 || rooms.edges === 0 ? 1 : 0
