import { expect, test } from 'vitest'
import { hintScale, type GroupLoad, type TagLoad } from './scale-hint.ts'

const idle: GroupLoad = {
  group: 'default',
  workers: 2,
  slots: 8,
  busySlots: 0,
  bounds: { isEnabled: true, workersMin: 1, workersMax: 10, targetWaitMs: 5000 },
  slotsConfigured: undefined,
  tags: [],
}
const quiet: TagLoad = {
  tag: 'a',
  arrivalsPerS: 0,
  waiting: 0,
  isCapped: false,
  runMs: 1000,
  runMsSource: 'outcomes',
  sharedBy: 1,
}

test.each([
  ['nothing to do wants the least', {}, { arrivalsPerS: 0 }, 0, 1],
  ['rate × run is what arrivals keep busy', {}, { arrivalsPerS: 12 }, 3, 3],
  ['exactly full is not one more', {}, { arrivalsPerS: 0.1, runMs: 40_000 }, 1, 1],
  ['a little more is one more', {}, { arrivalsPerS: 0.1, runMs: 40_100 }, 2, 2],
  ['busy slots count where they are more than arrivals explain', { busySlots: 8 }, { arrivalsPerS: 1 }, 2, 2],
  ['a backlog is drained within the target', {}, { waiting: 100 }, 5, 5],
  ['a backlog comes on top of what arrives', {}, { arrivalsPerS: 4, waiting: 100 }, 6, 6],
  ['no more than the most', {}, { waiting: 10_000 }, 500, 10],
  ['a tag of two groups is half of each', {}, { waiting: 100, sharedBy: 2 }, 3, 3],
] as const)('%s', (...[, group, tag, needed, wanted]) => {
  const hint = hintScale({ ...idle, ...group, tags: [{ ...quiet, ...tag }] })
  expect({ needed: hint.workersNeeded, wanted: hint.workersWanted }).toEqual({ needed, wanted })
})

test('tags with runs of different lengths add up', () => {
  const fast = { ...quiet, waiting: 1000, runMs: 10 }
  const slow = { ...quiet, tag: 'b', waiting: 10, runMs: 60_000 }
  const hint = hintScale({ ...idle, bounds: { ...idle.bounds, workersMax: 100 }, tags: [fast, slow] })
  expect(hint.drainingSlots).toBeCloseTo(2 + 120)
  expect(hint.workersNeeded).toBe(31)
})

test('without a live worker one is reckoned to have the slots of the configuration, or four', () => {
  const hint = hintScale({ ...idle, workers: 0, slots: 0, tags: [{ ...quiet, waiting: 40 }] })
  expect(hint).toMatchObject({ slotsPerWorker: 4, workersWanted: 2 })
  const configured = hintScale({ ...idle, workers: 0, slots: 0, slotsConfigured: 1, tags: [{ ...quiet, waiting: 40 }] })
  expect(configured).toMatchObject({ slotsPerWorker: 1, workersWanted: 8 })
})

test('the sentence names every figure and the bound that holds', () => {
  const hint = hintScale({ ...idle, busySlots: 3, tags: [{ ...quiet, arrivalsPerS: 2, waiting: 1000 }] })
  expect(hint.why).toBe(
    '3 slots in use (what arrives needs 2), what waits needs 200 more to be gone within 5 s: 51 workers of 4 slots, but 10 is the most',
  )
})
