import { describe, expect, test } from 'vitest'
import { firstIdAt, isUuid, newId } from './ids.ts'

describe('newId', () => {
  test('ids of one process strictly increase, also inside a millisecond', () => {
    const ids = Array.from({ length: 10_000 }, () => newId(1_700_000_000_000))
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('an id is a version 7 UUID that carries its time', () => {
    const id = newId(Date.now() + 60_000_000)
    expect(isUuid(id)).toBe(true)
    expect(id[14]).toBe('7')
    expect('89ab').toContain(id[19])
  })

  test('the first id of an instant sorts below every id minted then', () => {
    const at = Date.now() + 120_000_000
    const first = firstIdAt(at)
    expect(newId(at) > first).toBe(true)
    expect(isUuid(first)).toBe(true)
  })
})
