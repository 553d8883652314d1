import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { until } from './support.js'

const signals = new URL('../../../src/node/signals.js', import.meta.url).href
const program = `
  const { onTerminationSignals } = await import(${JSON.stringify(signals)})
  const off = onTerminationSignals({
    gracefully: signal => process.stdout.write('gracefully ' + signal + '\\n'),
    atOnce: signal => { process.stdout.write('at once ' + signal + '\\n'); off(); process.kill(process.pid, 'SIGTERM') },
  })
  setInterval(() => {}, 1000)
  process.stdout.write('ready\\n')`

describe('signals', { skip: process.platform === 'win32' }, () => {
  test('the first asks, the second means now, and after that the system decides', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    await until('the start', () => said === 'ready\n')
    child.kill('SIGTERM')
    await until('the first', () => said.includes('gracefully'))
    child.kill('SIGINT')
    assert.deepEqual(await once(child, 'close'), [null, 'SIGTERM'])
    assert.equal(said, 'ready\ngracefully SIGTERM\nat once SIGINT\n')
  })
})
