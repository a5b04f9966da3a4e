import { expect, test } from 'vitest'
import { sparkPath } from './spark-path.ts'

const frame = { fromMs: 1000, toMs: 2000, width: 100, height: 20 }

test('a curve holds each value until the next, and its highest point touches the top', () => {
  const points = [
    { atMs: 1250, value: 4 },
    { atMs: 1500, value: 1 },
  ]
  expect(sparkPath(points, frame)).toBe('M0 20H25V0H50V15H100')
})

test('nothing is a line at the bottom, and what is outside stays at the edge', () => {
  expect(sparkPath([], frame)).toBe('M0 20H100')
  expect(sparkPath([{ atMs: 0, value: 2 }], frame)).toBe('M0 20H0V0H100')
})
