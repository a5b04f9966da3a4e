import { expect, test } from 'vitest'
import { LookBudget } from './look-budget.ts'

test('after a pause looks may follow one another', () => {
  const budget = new LookBudget()
  budget.spend(3, 1000)
  expect(budget.dueInMs(1000)).toBe(0)
  budget.spend(3, 1003)
  expect(budget.dueInMs(1003)).toBe(0)
})

test('in the long run looks take a fifth of the time', () => {
  const budget = new LookBudget()
  let nowMs = 0
  let spentMs = 0
  while (nowMs < 10_000) {
    nowMs += budget.dueInMs(nowMs) + 2
    budget.spend(2, nowMs)
    spentMs += 2
  }
  expect(spentMs / nowMs).toBeGreaterThan(0.19)
  expect(spentMs / nowMs).toBeLessThan(0.21)
})

test('a look that took long because everything does costs no more than a usual one', () => {
  const budget = new LookBudget()
  for (let nowMs = 0; nowMs < 1000; nowMs += 10) {
    expect(budget.dueInMs(nowMs)).toBe(0)
    budget.spend(50, nowMs)
  }
})
