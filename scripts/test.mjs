// Runs every compiled test file with node's own runner. Fails when there are none, and names the file that hangs.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** One file may take so long, ms; beyond, it hangs. */
const fileLimitMs = 240_000

function testFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return testFiles(path)
    return entry.name.endsWith('.test.js') ? [path] : []
  })
}

const wanted = process.argv.slice(2)
const files = ['packages/core/dist/test', 'packages/cli/dist/test']
  .flatMap(folder => testFiles(join(root, folder)))
  .filter(file => wanted.length === 0 || wanted.some(part => file.includes(part)))
  .sort()
if (files.length === 0) {
  console.error('no test file was found: run npm run build, or look at what was asked for')
  process.exit(1)
}

const args = ['--test', '--test-concurrency=2', `--test-timeout=${fileLimitMs}`, '--test-reporter=spec', ...files]
const runner = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
let tail = ''
runner.stdout.on('data', chunk => {
  process.stdout.write(chunk)
  tail = (tail + chunk).slice(-4_000)
})
runner.on('close', (code, signal) => {
  const count = name => Number(new RegExp(`${name} (\\d+)`).exec(tail)?.[1] ?? Number.NaN)
  const [passed, failed] = [count('pass'), count('fail')]
  console.log(`${files.length} files from ${relative(process.cwd(), root) || '.'}`)
  console.log(`${passed} passed, ${failed} failed`)
  if (!(passed > 0)) {
    console.error('no test has run')
    process.exit(1)
  }
  process.exit(code ?? (signal ? 1 : 0))
})
