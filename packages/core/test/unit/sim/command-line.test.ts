import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../../sim/command-line.js'

test('what is wrong is said, with the usage', () => {
  for (const args of [
    ['--seed', 'x'],
    ['--seeds', '-1'],
    ['--what'],
    ['--trace'],
    ['--plant', 'oak'],
    ['--aim', 'oak'],
    ['--commit', 'ffffffffff'],
    ['--resume', 'x.jsonl'],
  ]) {
    const said = parseCommandLine(args)
    assert.ok('print' in said && said.exitCode === 2 && said.print.includes('npm run sim'), args.join(' '))
  }
  const help = parseCommandLine(['--help'])
  assert.ok('print' in help && help.exitCode === 0)
})

test('what is right is taken', () => {
  const options = parseCommandLine(['--seed', '7', '--trace', '--plant', 'ackEarly'])
  assert.ok(!('print' in options))
  assert.deepEqual([options.seed, options.trace, options.plant, options.seeds], [7, true, 'ackEarly', null])
})
