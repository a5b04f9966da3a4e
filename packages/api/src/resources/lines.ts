import { lines as contract, type Line, type QueueSeries, type ScaleHint } from '@millrace/contracts'
import {
  loadAllDepths,
  loadLines,
  loadQueueView,
  loadSamples,
  type Depth,
  type Line as QueueLine,
  type SamplePoint,
  type ScaleHint as QueueScaleHint,
} from '@millrace/queue'
import { implement, type CallerContext } from '../http/implement.ts'
import { listFairnessEvents } from '../lines/fairness-events.ts'
import { pageOf } from '../page-of.ts'

const PER_PAGE = 100
const PER_PAGE_MAX = 200
const DAY_S = 86_400
const HOUR_S = 3600
/** Points of a curve at the most. */
const POINTS = 240
/** How often there is a sample. */
const SAMPLE_S = 30

export const lines = implement(contract, {
  listLines: {
    may: 'line.see',
    async run(cx, { query }) {
      const { limit, offset } = pageOf({ ...query, per_page: query.per_page ?? PER_PAGE }, PER_PAGE_MAX)
      const tags = query.tag === undefined ? undefined : [query.tag]
      return (await loadLines(cx.db, cx.leaseMs, { tags, limit, offset })).map(toLine)
    },
  },
  getQueueStatus: {
    may: 'line.see',
    async run(cx) {
      const depths = await loadAllDepths(cx.db, cx.leaseMs)
      return depths.map(({ tag, ready, running, workers, headAgeMs }) => {
        return { tag, waiting: ready, running, workers, ...(headAgeMs !== undefined && { delay: headAgeMs / 1000 }) }
      })
    },
  },
  getCountsOfJobsWaitingPerTag: { may: 'line.see', run: (cx) => countPerTag(cx, (depth) => depth.ready) },
  getCountsOfRunningJobsPerTag: { may: 'line.see', run: (cx) => countPerTag(cx, (depth) => depth.running) },
  getQueueMetrics: {
    may: 'line.see',
    async run(cx) {
      const { points } = await loadSamples(cx.db, { windowS: DAY_S, stepS: DAY_S / POINTS })
      return byTag(points).flatMap(([tag, ofTag]) => [
        { id: `queue_count_${tag}`, values: ofTag.map((point) => valueAt(point, point.waiting)) },
        { id: `queue_delay_${tag}`, values: ofTag.map((point) => valueAt(point, point.delayMs / 1000)) },
      ])
    },
  },
  getQueueMetricsSeries: { may: 'line.see', run: (cx, { query }) => loadSeries(cx, query.window_secs ?? HOUR_S) },
  getWorkspaceFairnessEvents: { may: 'line.see', run: (cx) => listFairnessEvents(cx) },
  getScaleHint: {
    may: 'line.see',
    async run(cx) {
      return (await loadQueueView(cx.db, cx.leaseMs)).hints.map(toScaleHint)
    },
  },
})

async function countPerTag(
  { db, leaseMs }: CallerContext,
  count: (depth: Depth) => number,
): Promise<Record<string, number>> {
  const depths = await loadAllDepths(db, leaseMs)
  return Object.fromEntries(depths.filter((depth) => count(depth) > 0).map((depth) => [depth.tag, count(depth)]))
}

async function loadSeries({ db }: CallerContext, windowS: number): Promise<QueueSeries> {
  const stepS = Math.max(SAMPLE_S, Math.ceil(windowS / POINTS))
  const { from, to, points } = await loadSamples(db, { windowS, stepS })
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    tags: byTag(points).map(([tag, ofTag]) => ({
      tag,
      samples: ofTag.map(({ at, waiting, running, delayMs }) => {
        return { at: at.toISOString(), waiting, running, delay_s: delayMs / 1000 }
      }),
    })),
  }
}

function byTag(points: readonly SamplePoint[]): readonly (readonly [string, readonly SamplePoint[]])[] {
  return [...Map.groupBy(points, (point) => point.tag)]
}

function valueAt({ at }: SamplePoint, value: number): { created_at: string; value: number } {
  return { created_at: at.toISOString(), value }
}

function toLine({ isCapped, headAgeMs, tenants, ...line }: QueueLine): Line {
  return {
    ...line,
    capped: isCapped,
    ...(headAgeMs !== undefined && { head_age_ms: headAgeMs }),
    tenants: tenants.map(({ workspaceId, waiting, running, weight, nextPlaces, share, ...tenant }) => {
      return {
        workspace_id: workspaceId,
        waiting,
        running,
        weight,
        next_places: nextPlaces,
        share,
        capped: tenant.isCapped,
      }
    }),
  }
}

function toScaleHint({ bounds, tags, ...hint }: QueueScaleHint): ScaleHint {
  return {
    group: hint.group,
    enabled: bounds.isEnabled,
    wanted: hint.workersWanted,
    current: hint.workers,
    why: hint.why,
    min_workers: bounds.workersMin,
    max_workers: bounds.workersMax,
    target_wait_ms: bounds.targetWaitMs,
    needed: hint.workersNeeded,
    slots_per_worker: hint.slotsPerWorker,
    busy_slots: hint.busySlots,
    arriving_slots: hint.arrivingSlots,
    draining_slots: hint.drainingSlots,
    tags: tags.map(({ tag, waiting, ...load }) => ({
      tag,
      arrivals_per_s: load.arrivalsPerS,
      waiting,
      capped: load.isCapped,
      run_ms: load.runMs,
      run_ms_from: load.runMsSource,
      shared_by: load.sharedBy,
    })),
  }
}
