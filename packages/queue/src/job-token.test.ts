import { newId } from '@millrace/base/ids'
import { describe, expect, test } from 'vitest'
import { signJobToken, verifyJobToken } from './job-token.ts'

const key = Buffer.alloc(32, 1)

describe('job tokens', () => {
  test('a token names its job', () => {
    const id = newId()
    expect(verifyJobToken(key, signJobToken(key, id))).toBe(id)
  })

  test('a token of another key, of another job or cut short is refused', () => {
    const id = newId()
    const token = signJobToken(key, id)
    expect(verifyJobToken(Buffer.alloc(32, 2), token)).toBeUndefined()
    const [, signature] = token.split('.')
    expect(verifyJobToken(key, `${signJobToken(key, newId()).split('.')[0]}.${signature}`)).toBeUndefined()
    expect(verifyJobToken(key, token.slice(0, -1))).toBeUndefined()
    expect(verifyJobToken(key, 'mrj_')).toBeUndefined()
    expect(verifyJobToken(key, 'something else')).toBeUndefined()
  })
})
