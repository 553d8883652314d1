// Runs the simulator; `npm run sim -- --help` lists what it takes. COBNUT_BUILD names another folder of compiled code.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const build = process.env.COBNUT_BUILD ?? join(root, 'packages/core/dist')
const setup = join(root, 'scripts/setup.mjs')
if (process.env.COBNUT_BUILD === undefined && existsSync(setup)) {
  const { status } = spawnSync(process.execPath, [setup], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
const { status } = spawnSync(process.execPath, [join(build, 'sim/run.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
