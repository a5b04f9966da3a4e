import type { GroupLoad, RunMsSource, ScaleBounds, TagLoad } from './scale-hint.ts'
import type { Depth } from './sql/depths.ts'
import type { TagRates } from './sql/tag-rates.ts'
import type { WorkerGroup } from './sql/worker-groups.ts'

/** The group that exists without a worker too, so that the first one can be asked for. */
const DEFAULT_GROUP = 'default'
const DEFAULT_BOUNDS: ScaleBounds = { isEnabled: true, workersMin: 1, workersMax: 100, targetWaitMs: 5000 }
/** Of a job of which nothing is known. */
const ASSUMED_RUN_MS = 1000
/** Outcomes are written in whole milliseconds. */
const RUN_MS_MIN = 1

/** What the database says of the load. */
export interface Observed {
  readonly depths: readonly Depth[]
  readonly rates: TagRates
}

/** The groups, and the default one among them. */
export function withDefaultGroup(groups: readonly WorkerGroup[]): readonly WorkerGroup[] {
  if (groups.some(({ group }) => group === DEFAULT_GROUP)) return groups
  return [{ group: DEFAULT_GROUP, workers: 0, slots: 0, busySlots: 0, tags: [], config: undefined }, ...groups]
}

/** The load on a group: what comes in and waits under the tags that it takes. */
export function loadOf(group: WorkerGroup, groups: readonly WorkerGroup[], observed: Observed): GroupLoad {
  const { depths, rates } = observed
  const known = new Set([
    ...depths.filter(({ ready }) => ready > 0).map(({ tag }) => tag),
    ...rates.arrivalsPerS.keys(),
  ])
  const tags = [...known].filter((tag) => takes(group, groups, tag)).sort()
  const groupMs = meanOf(tags.flatMap((tag) => rates.runMs.get(tag) ?? []))
  const { group: name, workers, slots, busySlots, config } = group
  return {
    group: name,
    workers,
    slots,
    busySlots,
    bounds: readBounds(config),
    slotsConfigured: readNumber(config?.['slots'], 1),
    tags: tags.map((tag): TagLoad => {
      const depth = depths.find((each) => each.tag === tag)
      return {
        tag,
        arrivalsPerS: rates.arrivalsPerS.get(tag) ?? 0,
        waiting: depth?.ready ?? 0,
        isCapped: depth?.isCapped ?? false,
        ...runOf(tag, rates, groupMs),
        sharedBy: groups.filter((each) => takes(each, groups, tag)).length,
      }
    }),
  }
}

/** A group without workers takes the tags of its configuration; where that names none, what no other group takes. */
function takes(group: WorkerGroup, groups: readonly WorkerGroup[], tag: string): boolean {
  const tags = tagsOf(group)
  return tags ? tags.includes(tag) : !groups.some((other) => tagsOf(other)?.includes(tag))
}

function tagsOf({ workers, tags, config }: WorkerGroup): readonly unknown[] | undefined {
  if (workers > 0) return tags
  const configured = config?.['worker_tags']
  return Array.isArray(configured) && configured.length > 0 ? configured : undefined
}

/** Bounds as the configuration says, as far as it makes sense. */
function readBounds(config: WorkerGroup['config']): ScaleBounds {
  const given = config?.['autoscaling']
  const scaling: Readonly<Record<string, unknown>> = typeof given === 'object' && given !== null ? { ...given } : {}
  const workersMin = readNumber(scaling['min_workers'], 0) ?? DEFAULT_BOUNDS.workersMin
  const workersMax = readNumber(scaling['max_workers'], 0) ?? DEFAULT_BOUNDS.workersMax
  const targetWaitMs = readNumber(scaling['target_wait_ms'], 1) ?? readNumber(config?.['target_wait_ms'], 1)
  return {
    isEnabled: scaling['enabled'] !== false,
    workersMin,
    workersMax: Math.max(workersMin, workersMax),
    targetWaitMs: targetWaitMs ?? DEFAULT_BOUNDS.targetWaitMs,
  }
}

function readNumber(value: unknown, min: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min ? value : undefined
}

/** How long a run of the tag takes, by the best that is known of it. */
function runOf(tag: string, rates: TagRates, groupMs: number | undefined): { runMs: number; runMsSource: RunMsSource } {
  const ended = rates.runMs.get(tag)
  if (ended !== undefined) return { runMs: Math.max(RUN_MS_MIN, ended), runMsSource: 'outcomes' }
  const underWay = rates.underWayMs.get(tag)
  if (underWay !== undefined) return { runMs: Math.max(RUN_MS_MIN, underWay), runMsSource: 'running' }
  if (groupMs !== undefined) return { runMs: Math.max(RUN_MS_MIN, groupMs), runMsSource: 'group' }
  return { runMs: ASSUMED_RUN_MS, runMsSource: 'assumed' }
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0) / values.length
}
