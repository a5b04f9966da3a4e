import { expect, test } from 'vitest'
import { deriveKey, seal, sealPortable, unseal, UnreadableSecret, unsealPortable } from './seal.ts'

const key = deriveKey('some secret', 'tests')
const other = deriveKey('another secret', 'tests')

test.each(['', 'a', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(17), 'ünïcödé 🔑', '\0\n', 'p'.repeat(10_000)])(
  'a text is opened as it was sealed, in both wrappings (%#)',
  (text) => {
    expect(unseal(key, seal(key, text, ['a', 'b']), ['a', 'b'])).toBe(text)
    const portable = sealPortable(key, text)
    expect(unsealPortable(key, portable)).toBe(text)
    expect(portable.length % 4).toBe(0)
    expect(Buffer.from(portable, 'base64').length % 16).toBe(0)
    expect(sealPortable(key, text)).toBe(portable)
  },
)

test('another key, another place and a changed byte are refused', () => {
  const sealed = seal(key, 'text', ['ab', 'c'])
  expect(() => unseal(other, sealed, ['ab', 'c'])).toThrow('another key')
  expect(() => unseal(key, sealed, ['a', 'bc'])).toThrow('another place')
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => unseal(key, changed, ['ab', 'c'])).toThrow(UnreadableSecret)
  }
  const portable = sealPortable(key, 'text')
  expect(() => unsealPortable(other, portable)).toThrow('another key')
  for (const text of ['', 'plain', 'AAAA', portable.slice(4), Buffer.alloc(48).toString('base64')])
    expect(() => unsealPortable(key, text)).toThrow(UnreadableSecret)
})

test('two seals of one text at rest do not look alike', () => {
  expect(seal(key, 'text', []).equals(seal(key, 'text', []))).toBe(false)
})
