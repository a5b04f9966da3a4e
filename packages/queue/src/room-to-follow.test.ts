import { expect, test } from 'vitest'
import { roomToFollow } from './room-to-follow.ts'

const load = { slots: 3, runsLeft: 2, memoryFreeMb: 100, isIdle: true, isClaiming: false }

test('Q50 jobs that follow have the free slots, memory and runs of their worker', () => {
  expect(roomToFollow(load)).toEqual({ limit: 2, memoryFreeMb: 100, isIdle: true })
})

test('Q50 while it claims they have slots, and neither memory nor the last runs', () => {
  const any = { ...load, runsLeft: Infinity, isClaiming: true }
  expect(roomToFollow(any)).toEqual({ limit: 3, memoryFreeMb: 0, isIdle: false })
  expect(roomToFollow({ ...any, memoryFreeMb: undefined }).memoryFreeMb).toBeUndefined()
  expect(roomToFollow({ ...load, isClaiming: true }).limit).toBe(0)
})
