import { byPlace, type QueueRow } from './queue-row.ts'
import { SortedRun } from './sorted-run.ts'

/** The ready rows of one tag and priority. */
export interface Line {
  readonly tag: string
  readonly priority: number
  readonly rows: SortedRun<QueueRow>
  readonly ofTenant: Map<string, SortedRun<QueueRow>>
}

/** Where the next jobs of a tenant go: to `place`, and `cost` apart. */
export interface Place {
  readonly place: number
  readonly cost: number
}

/** The index `job_queue_order`: all ready rows, and the rule of their places. */
export class ReadyLines {
  readonly #weightOf: (tenant: string) => number
  readonly #ofTag = new Map<string, Line[]>()
  #size = 0

  constructor(weightOf: (tenant: string) => number) {
    this.#weightOf = weightOf
  }

  /** Rows in all lines. */
  get size(): number {
    return this.#size
  }

  /** The lines of a tag, the highest priority first. */
  ofTag(tag: string): readonly Line[] {
    return this.#ofTag.get(tag) ?? []
  }

  line(tag: string, priority: number): Line {
    const lines = this.#ofTag.get(tag) ?? []
    const known = lines.find((line) => line.priority === priority)
    if (known) return known
    const line = { tag, priority, rows: new SortedRun(byPlace), ofTenant: new Map<string, SortedRun<QueueRow>>() }
    this.#ofTag.set(
      tag,
      [...lines, line].sort((a, b) => b.priority - a.priority),
    )
    return line
  }

  /** `queue_place`; with a floor as `enqueue` asks it, blind for what stands before the floor. */
  place(line: Line, tenant: string, floor = -Infinity): Place {
    const head = line.rows.find((row) => row.fair >= floor)?.fair ?? 0
    const last = line.ofTenant.get(tenant)?.last?.fair
    const cost = this.#cost(tenant)
    const own = last !== undefined && last >= floor ? last + Math.ceil(cost) : 0
    return { place: Math.max(head, own), cost }
  }

  add(row: QueueRow): void {
    const { tag, priority, tenant } = row.job
    const line = this.line(tag, priority)
    this.#size += 1
    line.rows.insert(row)
    const own = line.ofTenant.get(tenant) ?? new SortedRun(byPlace)
    own.insert(row)
    line.ofTenant.set(tenant, own)
  }

  remove(row: QueueRow): void {
    const line = this.line(row.job.tag, row.job.priority)
    this.#size -= 1
    line.rows.remove(row)
    line.ofTenant.get(row.job.tenant)?.remove(row)
  }

  /** Takes the first `count` rows at or after the floor out of the line. */
  take(line: Line, count: number, floor: number): readonly QueueRow[] {
    const { first } = line.rows
    const taken = !first || first.fair >= floor ? line.rows.takeFirst(count) : takeFrom(line.rows, count, floor)
    this.#size -= taken.length
    for (const row of taken) line.ofTenant.get(row.job.tenant)?.remove(row)
    return taken
  }

  /** `queue_cost`. The weight is a `real`. */
  #cost(tenant: string): number {
    return 1000 / Math.fround(this.#weightOf(tenant))
  }
}

/** The places of rows that enter the lines together: each tenant's behind one another, and all as if the others were not there. */
export function placesOf(
  lines: ReadyLines,
  rows: readonly QueueRow[],
  floorOf?: (line: Line) => number,
): readonly number[] {
  const groups = new Map<Line, Map<string, { place: number; cost: number; count: number }>>()
  return rows.map(({ job }) => {
    const line = lines.line(job.tag, job.priority)
    const ofLine = groups.get(line) ?? new Map<string, { place: number; cost: number; count: number }>()
    groups.set(line, ofLine)
    const group = ofLine.get(job.tenant) ?? { ...lines.place(line, job.tenant, floorOf?.(line)), count: 0 }
    ofLine.set(job.tenant, group)
    group.count += 1
    return group.place + Math.ceil((group.count - 1) * group.cost)
  })
}

function takeFrom(rows: SortedRun<QueueRow>, count: number, floor: number): readonly QueueRow[] {
  const taken: QueueRow[] = []
  for (const row of rows) {
    if (taken.length === count) break
    if (row.fair >= floor) taken.push(row)
  }
  for (const row of taken) rows.remove(row)
  return taken
}
