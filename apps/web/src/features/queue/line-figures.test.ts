import type { Line } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { depthText, isUnserved } from './line-figures.ts'

function line(part: Partial<Line>): Line {
  const nothing = { ready: 0, scheduled: 0, blocked: 0, suspended: 0, running: 0, capped: false, workers: 1 }
  return { tag: 'gpu', tenants: [], ...nothing, ...part }
}

test('a count that ended at its bound has a plus, the others of the line do not', () => {
  const capped = line({ ready: 9998, running: 2, scheduled: 40, capped: true })
  expect(depthText(capped, 'ready')).toBe('9,998+')
  expect(depthText(capped, 'running')).toBe('2')
  expect(depthText(capped, 'scheduled')).toBe('40')
  expect(depthText(capped, 'blocked')).toBe('0')
})

test('several counts may have ended at the same bound', () => {
  const capped = line({ ready: 10_000, scheduled: 10_000, capped: true })
  expect([depthText(capped, 'ready'), depthText(capped, 'scheduled')]).toEqual(['10,000+', '10,000+'])
})

test('without a bound that was reached no count has a plus', () => {
  expect(depthText(line({ ready: 10_000 }), 'ready')).toBe('10,000')
})

test('a line is unserved when jobs are due and no worker lives; later ones do not need one yet', () => {
  expect(isUnserved(line({ workers: 0, ready: 1 }))).toBe(true)
  expect(isUnserved(line({ workers: 0, scheduled: 1 }))).toBe(false)
  expect(isUnserved(line({ workers: 1, ready: 1 }))).toBe(false)
})
