import { expect, test } from 'vitest'
import { claimSize } from './claim-size.ts'

const idle = { slots: 8, busy: 0, ahead: 0, backlog: 0, finishedSoon: 0 }

test('an idle worker asks for its slots, or for a part of what it finishes soon, so that the claim is answered soon', () => {
  expect(claimSize(idle)).toBe(8)
  expect(claimSize({ ...idle, finishedSoon: 20 })).toBe(8)
  expect(claimSize({ ...idle, finishedSoon: 100 })).toBe(30)
  expect(claimSize({ ...idle, finishedSoon: 10_000 })).toBe(500)
})

test('a worker whose slots are full asks only when half of what it wants is missing', () => {
  expect(claimSize({ ...idle, busy: 8 })).toBe(0)
  expect(claimSize({ ...idle, busy: 8, ahead: 23, finishedSoon: 30 })).toBe(0)
  expect(claimSize({ ...idle, busy: 8, ahead: 20, finishedSoon: 30 })).toBe(9)
  expect(claimSize({ ...idle, busy: 8, ahead: 0, finishedSoon: 7 })).toBe(0)
  expect(claimSize({ ...idle, busy: 7, ahead: 0 })).toBe(1)
})

test('a worker that cannot write its outcomes asks for nothing', () => {
  expect(claimSize({ ...idle, backlog: 2001 })).toBe(0)
})
