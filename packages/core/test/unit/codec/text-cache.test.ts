import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Reader } from '../../../src/codec/reader.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { Writer } from '../../../src/codec/writer.js'

test('a known text reads as it was written, the first time and later', () => {
  const texts = new TextCache()
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 120, maxLength: 140 }))),
      list => {
        const out = new Writer()
        for (const text of [...list, ...list]) out.string(text)
        const expected = new Reader(out.take())
        const bytes = new Writer()
        for (const text of [...list, ...list]) bytes.string(text)
        const from = new Reader(bytes.take())
        while (expected.remaining > 0) assert.equal(from.knownString(texts), expected.string())
        assert.equal(from.remaining, 0)
      },
    ),
  )
})

test('forgets rather than grow without end', () => {
  const texts = new TextCache()
  const at = (text: string) => new TextEncoder().encode(text)
  for (let i = 0; i < 5_000; i++) texts.keep(at(`name ${i}`), 0, at(`name ${i}`).length, `name ${i}`)
  assert.equal(texts.find(at('name 0'), 0, 6), undefined)
  assert.equal(texts.find(at('name 4999'), 0, 9), 'name 4999')
})
