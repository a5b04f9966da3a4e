import { countHeld, type Held } from './held.ts'
import type { LineReader } from './read-lines.ts'

/** A group of workers: those that live, and its configuration. */
export interface WorkerGroup {
  readonly group: string
  readonly workers: number
  /** Of all of them together. */
  readonly slots: number
  /** Slots with a job; jobs that were claimed ahead have none yet. */
  readonly busySlots: number
  /** Of live workers. */
  readonly tags: readonly string[]
  /** As superadmins edit it; undefined when there is none. */
  readonly config: Readonly<Record<string, unknown>> | undefined
}

interface Row {
  readonly id: string
  readonly group: string
  readonly slots: number
  readonly tags: readonly string[]
}

const LIVE = `
select w.id, w.worker_group as "group", w.slots, w.tags from worker w
where w.last_seen_at > now() - $1 * interval '1 millisecond'`

const CONFIGS = `select substr(name, 9) as "group", config from config where starts_with(name, 'worker__')`

/** Groups that have live workers or a configuration, by name; `held` are the running jobs. Within `readLines`. */
export async function loadWorkerGroups(
  client: LineReader,
  leaseMs: number,
  held: readonly Held[],
): Promise<readonly WorkerGroup[]> {
  const live = await client.query<Row>(LIVE, [leaseMs])
  const configs = await client.query<{ group: string; config: Record<string, unknown> }>(CONFIGS)
  const jobs = countHeld(held, (each) => each.workerId)
  const workersOf = Map.groupBy(live.rows, (row) => row.group)
  const configOf = new Map(configs.rows.map(({ group, config }) => [group, config]))
  const names = [...new Set([...workersOf.keys(), ...configOf.keys()])].sort()
  return names.map((group) => {
    const workers = workersOf.get(group) ?? []
    return {
      group,
      workers: workers.length,
      slots: workers.reduce((sum, { slots }) => sum + slots, 0),
      busySlots: workers.reduce((sum, { id, slots }) => sum + Math.min(slots, jobs.get(id) ?? 0), 0),
      tags: [...new Set(workers.flatMap(({ tags }) => tags))],
      config: configOf.get(group),
    }
  })
}
