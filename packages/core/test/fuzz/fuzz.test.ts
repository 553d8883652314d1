/** A bounded share of what `npm run fuzz` does, and that it would find something. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Prng } from '../../src/base/prng.js'
import { clientTable, mapTable } from '../../src/protocol/client-table.js'
import { campaign } from './campaign.js'
import { readConversation } from './conversation.js'
import { broken, twisted } from './mutate.js'

const MEBIBYTE = 1024 * 1024

describe('hostile input', () => {
  it('a member stands it, and another client does not notice', async () => {
    const verdict = await campaign({ frames: 60_000, seed: 1, rssBytesMax: 500 * MEBIBYTE })
    assert.deepEqual(verdict.violations, [])
    assert.ok(verdict.frames >= 60_000 && verdict.connections > 10 && verdict.bystanderCalls > 100, JSON.stringify(verdict))
  })

  it('a member that takes too much memory is found', async () => {
    const { violations } = await campaign({ frames: 1e9, seed: 1, rssBytesMax: 1 })
    assert.match(violations.join(), /the member takes \d+ bytes/)
  })

  it('the same seed makes the same bytes', () => {
    const { messages } = readConversation()
    const run = (seed: number): string => {
      const random = new Prng(seed)
      const one = (_: unknown, i: number): Buffer[] => {
        const message = random.pick(messages)
        return [twisted(message, i, random).bytes, broken(message, i, random, messages).bytes]
      }
      return Buffer.concat(Array.from({ length: 500 }, one).flat()).toString('base64')
    }
    assert.equal(run(7), run(7))
    assert.notEqual(run(7), run(8))
  })

  it('most messages of the table are in the recorded conversation', () => {
    const recorded = new Set(readConversation().messages.map(message => message.readInt32LE(6)))
    const rows = Object.entries({ ...clientTable, ...mapTable })
    const missing = rows.filter(([, { code }]) => !recorded.has(code)).map(([name]) => name)
    assert.ok(missing.length < rows.length / 4, `not recorded: ${missing.join(', ')}`)
  })
})
