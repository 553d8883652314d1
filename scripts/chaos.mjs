// Real member processes under faults; see packages/core/test/chaos/run.ts for what it takes.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const run = fileURLToPath(new URL('../packages/core/dist/test/chaos/run.js', import.meta.url))
const { status } = spawnSync(process.execPath, [run, ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
