import type { Metric, MetricSource, MetricValue } from '@millrace/base/metrics'
import type { Database } from '@millrace/db'
import { loadQueueView, type Depth, type QueueView, type ScaleHint } from '@millrace/queue'

/** Scrapes within this time share one reading, so that nobody can wear the database out by asking. */
const FRESH_MS = 1000

/** Figures of the queue and its workers, read from the database when they are asked for. */
export function queueMetrics(db: Database, leaseMs: number): MetricSource {
  let readAtMs = -FRESH_MS
  let reading: Promise<QueueView> | undefined
  return async () => {
    if (!reading || performance.now() - readAtMs >= FRESH_MS) {
      readAtMs = performance.now()
      reading = loadQueueView(db, leaseMs)
      reading.catch(() => (reading = undefined))
    }
    const { depths, hints } = await reading
    return [...depthMetrics(depths), ...groupMetrics(hints)]
  }
}

const STATES = ['ready', 'scheduled', 'blocked', 'suspended', 'running'] as const

function depthMetrics(depths: readonly Depth[]): readonly Metric[] {
  return [
    gauge(
      'millrace_queue_jobs',
      'Unfinished jobs by tag and state; a count ends at 10000, or lower where there are many tags.',
      depths.flatMap((depth) => STATES.map((state) => ({ labels: { tag: depth.tag, state }, value: depth[state] }))),
    ),
    gauge(
      'millrace_queue_head_age_seconds',
      'How long the next job of a tag has been due.',
      depths.flatMap(({ tag, headAgeMs }) =>
        headAgeMs === undefined ? [] : [{ labels: { tag }, value: headAgeMs / 1000 }],
      ),
    ),
  ]
}

function groupMetrics(hints: readonly ScaleHint[]): readonly Metric[] {
  const perGroup = (read: (hint: ScaleHint) => number) =>
    hints.map((hint) => ({ labels: { group: hint.group }, value: read(hint) }))
  return [
    gauge(
      'millrace_workers',
      'Live workers.',
      perGroup((hint) => hint.workers),
    ),
    gauge(
      'millrace_worker_slots',
      'Jobs that the live workers can run at once.',
      perGroup((hint) => hint.slots),
    ),
    gauge(
      'millrace_worker_busy_slots',
      'Slots that have a job.',
      perGroup((hint) => hint.busySlots),
    ),
    gauge(
      'millrace_scale_wanted_workers',
      'Workers that the group should have, see GET /api/workers/scale_hint.',
      perGroup((hint) => hint.workersWanted),
    ),
  ]
}

function gauge(name: string, help: string, values: readonly MetricValue[]): Metric {
  return { name, help, type: 'gauge', values }
}
