import { expect, test } from 'vitest'
import { WindowSize } from './window-size.ts'

/** A window of 10 ms after jobs that ran so long, the first of which loaded the script. */
function after(...runsMs: readonly number[]): WindowSize {
  const size = new WindowSize({ windowMs: 10, longMs: 20 })
  for (const ms of [500, ...runsMs]) size.ran(ms)
  return size
}

test('as many jobs lie behind one as are over within the window, going by the last ones', () => {
  expect(after().behind(0)).toBe(0)
  expect(after(1).behind(0)).toBe(10)
  expect(after(0.1).behind(0)).toBe(32)
  expect(after(11).behind(0)).toBe(0)
})

test('nothing is sent behind one that has run longer than the window', () => {
  expect(after(0.1).behind(9)).toBe(32)
  expect(after(0.1).behind(11)).toBe(0)
})

test('one long job among short ones is soon forgotten, many are not', () => {
  expect(after(0.2, 60_000).behind(0)).toBe(4)
  expect(after(0.2, 60_000, ...Array.from({ length: 20 }, () => 0.2)).behind(0)).toBeGreaterThan(15)
  expect(after(0.2, ...Array.from({ length: 20 }, () => 30)).behind(0)).toBe(0)
})
