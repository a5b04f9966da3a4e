import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Rest } from './rest.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a reason that came since the last look ends the rest before it begins', async () => {
  const rest = new Rest()
  rest.begin()
  rest.wakeUp()
  expect(await rest.pause(1000)).toBe(false)
})

test('Q19 what wakes it up for other reasons does not put off the poll', async () => {
  const rest = new Rest()
  rest.polled()
  const beganMs = performance.now()
  for (let turn = 0; turn < 9; turn += 1) {
    rest.begin()
    const pause = rest.pause(1000)
    await vi.advanceTimersByTimeAsync(100)
    rest.wakeUp()
    expect(await pause).toBe(false)
  }
  rest.begin()
  const pause = rest.pause(1000)
  await vi.advanceTimersByTimeAsync(100)
  expect(await pause).toBe(true)
  expect(performance.now() - beganMs).toBe(1000)
})

test('after a poll that was due the next one is a whole interval away', async () => {
  const rest = new Rest()
  rest.polled()
  const first = rest.pause(1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await first).toBe(true)
  let isOver = false
  const second = rest.pause(1000).then(() => (isOver = true))
  await vi.advanceTimersByTimeAsync(999)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await second
})
