// Real member processes under faults; see packages/core/chaos/main.ts for what it takes.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const run = fileURLToPath(new URL('../packages/core/dist/chaos/main.js', import.meta.url))
const { status } = spawnSync(process.execPath, [run, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
