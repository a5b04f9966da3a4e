import { expect, test } from 'vitest'
import { loadOf, withDefaultGroup } from './scale-load.ts'
import type { Depth } from './sql/depths.ts'
import type { WorkerGroup } from './sql/worker-groups.ts'

const none: WorkerGroup = { group: 'default', workers: 0, slots: 0, busySlots: 0, tags: [], config: undefined }
const nothing = { scheduled: 0, blocked: 0, suspended: 0, running: 0, isCapped: false, headAgeMs: 0, workers: 0 }

function observed(
  ready: Readonly<Record<string, number>>,
  rates: Readonly<Record<string, readonly [string, number][]>> = {},
) {
  const depths = Object.entries(ready).map(([tag, count]): Depth => ({ ...nothing, tag, ready: count }))
  const map = (name: string) => new Map(rates[name] ?? [])
  return { depths, rates: { arrivalsPerS: map('arrivals'), runMs: map('runs'), underWayMs: map('underWay') } }
}

function tagsOf(group: WorkerGroup, groups: readonly WorkerGroup[]) {
  return loadOf(group, groups, observed({ a: 1, b: 1, c: 1 })).tags.map(({ tag, sharedBy }) => `${tag}/${sharedBy}`)
}

test('a group with workers takes their tags, one without those of its configuration, and the default one the rest', () => {
  const live: WorkerGroup = { ...none, group: 'live', workers: 1, slots: 4, tags: ['a', 'b'] }
  const gpu: WorkerGroup = { ...none, group: 'gpu', config: { worker_tags: ['b'] } }
  const groups = withDefaultGroup([gpu, live])
  expect(groups.map((group) => [group.group, tagsOf(group, groups)])).toEqual([
    ['default', ['c/1']],
    ['gpu', ['b/2']],
    ['live', ['a/1', 'b/2']],
  ])
})

test('bounds are those of the configuration, and what it does not say is as usual', () => {
  const bounds = (config: WorkerGroup['config']) => loadOf({ ...none, config }, [], observed({})).bounds
  const usual = { isEnabled: true, workersMin: 1, workersMax: 100, targetWaitMs: 5000 }
  expect(bounds(undefined)).toEqual(usual)
  expect(bounds({ target_wait_ms: 9000 })).toEqual({ ...usual, targetWaitMs: 9000 })
  const autoscaling = { enabled: false, min_workers: 0, max_workers: 7, target_wait_ms: 100 }
  const told = { isEnabled: false, workersMin: 0, workersMax: 7, targetWaitMs: 100 }
  expect(bounds({ autoscaling, target_wait_ms: 9000 })).toEqual(told)
  expect(bounds({ autoscaling: { min_workers: -1, max_workers: 'x', target_wait_ms: 0 } })).toEqual(usual)
  expect(bounds({ autoscaling: { min_workers: 5, max_workers: 2 } })).toMatchObject({ workersMin: 5, workersMax: 5 })
})

test('the length of a run is the best that is known of the tag', () => {
  const runs: [string, number][] = [
    ['a', 200],
    ['b', 0],
  ]
  const seen = observed({ a: 1, b: 1, c: 1, d: 1 }, { runs, underWay: [['c', 5000]] })
  const { tags } = loadOf(none, [none], seen)
  expect(tags.map(({ tag, runMs, runMsSource }) => [tag, runMs, runMsSource])).toEqual([
    ['a', 200, 'outcomes'],
    ['b', 1, 'outcomes'],
    ['c', 5000, 'running'],
    ['d', 100, 'group'],
  ])
  expect(loadOf(none, [none], observed({ a: 1 })).tags).toMatchObject([{ runMs: 1000, runMsSource: 'assumed' }])
})
