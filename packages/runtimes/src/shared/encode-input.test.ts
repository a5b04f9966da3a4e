import { expect, test } from 'vitest'
import { encodeEnvironment } from './encode-input.ts'

test('each variable ends with NUL, and an empty one ends them all', () => {
  const text = (env: Record<string, string>) => new TextDecoder().decode(encodeEnvironment(env))
  expect(text({ A: '1', B: 'x\ny\0z' })).toBe('A=1\0B=x\nyz\0\0')
  expect(text({})).toBe('\0')
})
