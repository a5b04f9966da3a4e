/** Slots of a worker as long as none of the group lives and no configuration tells: the fewest that one has by default. */
const ASSUMED_SLOTS = 4

/** How many workers a group may have, and how long its jobs may wait. */
export interface ScaleBounds {
  readonly isEnabled: boolean
  readonly workersMin: number
  readonly workersMax: number
  readonly targetWaitMs: number
}

/** Where the length of a run is known from: runs that ended, runs under way, other tags of the group, or nowhere. */
export type RunMsSource = 'outcomes' | 'running' | 'group' | 'assumed'

/** What comes in under one tag, waits, and takes. */
export interface TagLoad {
  readonly tag: string
  readonly arrivalsPerS: number
  /** Ready jobs; `isCapped` when there are more. */
  readonly waiting: number
  readonly isCapped: boolean
  readonly runMs: number
  readonly runMsSource: RunMsSource
  /** Groups whose workers take the tag: each is reckoned to do its part. */
  readonly sharedBy: number
}

/** A group of workers and the load on its tags. */
export interface GroupLoad {
  readonly group: string
  readonly workers: number
  /** Of all its workers together. */
  readonly slots: number
  readonly busySlots: number
  readonly bounds: ScaleBounds
  /** Of each worker, where the configuration says. */
  readonly slotsConfigured: number | undefined
  readonly tags: readonly TagLoad[]
}

/** How many workers a group should have, and what that follows from. */
export interface ScaleHint extends GroupLoad {
  readonly workersWanted: number
  /** Before the bounds. */
  readonly workersNeeded: number
  readonly slotsPerWorker: number
  /** Slots that what arrives keeps busy: rate × run, by Little's law. */
  readonly arrivingSlots: number
  /** Slots that drain what waits within the target. */
  readonly drainingSlots: number
  readonly why: string
}

/**
 * Little's law and the backlog: slots that arrivals keep busy (or are busy now, where that is more), and on top as many as
 * drain what waits within the target wait.
 */
export function hintScale(load: GroupLoad): ScaleHint {
  const { bounds, workers, slots, busySlots, tags } = load
  const slotsPerWorker = workers > 0 ? slots / workers : (load.slotsConfigured ?? ASSUMED_SLOTS)
  const arrivingSlots = sum(tags, (tag) => (tag.arrivalsPerS * tag.runMs) / 1000 / tag.sharedBy)
  const drainingSlots = sum(tags, (tag) => (tag.waiting * tag.runMs) / bounds.targetWaitMs / tag.sharedBy)
  const workersNeeded = ceil((Math.max(arrivingSlots, busySlots) + drainingSlots) / slotsPerWorker)
  const workersWanted = Math.min(bounds.workersMax, Math.max(bounds.workersMin, workersNeeded))
  const figures = { arrivingSlots, drainingSlots, slotsPerWorker, workersNeeded, workersWanted }
  return { ...load, ...figures, why: explain(load, figures) }
}

type Figures = Pick<ScaleHint, 'arrivingSlots' | 'drainingSlots' | 'slotsPerWorker' | 'workersNeeded' | 'workersWanted'>

function explain({ bounds, busySlots }: GroupLoad, figures: Figures): string {
  const { arrivingSlots, drainingSlots, slotsPerWorker, workersNeeded, workersWanted } = figures
  const flow =
    busySlots > arrivingSlots
      ? `${count(busySlots, 'slot')} in use (what arrives needs ${round(arrivingSlots)})`
      : `what arrives needs ${count(arrivingSlots, 'slot')}`
  const backlog = `what waits needs ${round(drainingSlots)} more to be gone within ${bounds.targetWaitMs / 1000} s`
  const need = `${flow}, ${backlog}: ${count(workersNeeded, 'worker')} of ${count(slotsPerWorker, 'slot')}`
  if (workersWanted > workersNeeded) return `${need}, and ${workersWanted} is the least`
  return workersWanted < workersNeeded ? `${need}, but ${workersWanted} is the most` : need
}

function sum(tags: readonly TagLoad[], part: (tag: TagLoad) => number): number {
  return tags.reduce((total, tag) => total + part(tag), 0)
}

/** Up, but not for a rounding error of floating point. */
function ceil(value: number): number {
  return Math.max(0, Math.ceil(value - 1e-9))
}

function count(value: number, noun: string): string {
  return `${round(value)} ${noun}${round(value) === 1 ? '' : 's'}`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
