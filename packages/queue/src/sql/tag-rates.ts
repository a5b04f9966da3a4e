import type { Held } from './held.ts'
import type { LineReader } from './read-lines.ts'

/** Arrivals are counted over so long, or over the newest `NEWEST` of them where those came faster. */
const WINDOW_MS = 60_000
const NEWEST = 5000
/** Runs that ended are averaged over so many of the newest, of a day at the most. */
const OUTCOMES = 2000

// Ids begin with the time they were minted at, so the newest jobs are the end of the primary key. Ids of a caller's own making fit
// no day and are left out: what they bring is seen when it waits.
export const ARRIVALS = `
with newest as materialized (
  select tag, created_at from job
  where id >= millrace_first_id(now() - $1 * interval '1 millisecond') and id < millrace_first_id(now() + interval '1 minute')
  order by id desc limit $2
), span as (
  select case when count(*) < $2 then $1 / 1000.0 else greatest(0.001, extract(epoch from clock_timestamp() - min(created_at))) end
    as seconds
  from newest
)
select tag, (count(*) / (select seconds from span))::float8 as value from newest group by tag`

export const RUNS = `
with newest as materialized (
  select id, duration_ms, started_at from job_outcome
  where id >= millrace_first_id(now() - interval '1 day') and id < millrace_first_id(now() + interval '1 minute')
  order by id desc limit $1
)
select j.tag, avg(n.duration_ms)::float8 as value from newest n join job j on j.id = n.id
where n.started_at is not null group by j.tag`

/** What is known of tags from the newest jobs: a tag that is missing was not among them. */
export interface TagRates {
  readonly arrivalsPerS: ReadonlyMap<string, number>
  /** Mean of runs that ended. */
  readonly runMs: ReadonlyMap<string, number>
  /** Mean of how long runs under way have taken until now. */
  readonly underWayMs: ReadonlyMap<string, number>
}

/** Reads the newest jobs and outcomes, a bounded number however many there are; `held` are the running jobs. Within `readLines`. */
export async function loadTagRates(client: LineReader, held: readonly Held[]): Promise<TagRates> {
  const load = async (text: string, values: readonly number[]) => {
    const { rows } = await client.query<{ tag: string; value: number }>(text, [...values])
    return new Map(rows.map(({ tag, value }) => [tag, value]))
  }
  return {
    arrivalsPerS: await load(ARRIVALS, [WINDOW_MS, NEWEST]),
    runMs: await load(RUNS, [OUTCOMES]),
    underWayMs: meansOf(held),
  }
}

function meansOf(held: readonly Held[]): ReadonlyMap<string, number> {
  const sum = (rows: readonly Held[], read: (row: Held) => number) => rows.reduce((total, row) => total + read(row), 0)
  const means = [...Map.groupBy(held, (each) => each.tag)].map(([tag, rows]) => {
    return [tag, sum(rows, (row) => row.elapsedMs) / sum(rows, (row) => row.jobs)] as const
  })
  return new Map(means)
}
