import type { Database } from '@millrace/db'
import type { Depth } from './depths.ts'

/** How long samples are kept. */
const SAMPLE_DAYS = 7
/** Tags of one sample at the most, those with the most waiting jobs first. */
const SAMPLED_TAGS_MAX = 100

/** What a tag was like in a stretch of time: the highest of its samples. */
export interface SamplePoint {
  readonly tag: string
  readonly at: Date
  readonly waiting: number
  readonly running: number
  readonly delayMs: number
}

// All rows of a sample have one instant. A tag that waited in the last sample and does not wait any more is told once, as zero.
const TAKE = `
with seen as (
  select * from unnest($1::text[], $2::int[], $3::int[], $4::bigint[]) as t(tag, waiting, running, delay_ms)
), before as (
  select tag from queue_sample where at = (select max(at) from queue_sample) and waiting > 0
), sample as (
  select tag, coalesce(s.waiting, 0) as waiting, coalesce(s.running, 0) as running, coalesce(s.delay_ms, 0) as delay_ms
  from seen s full join before b using (tag)
  where s.waiting > 0 or b.tag is not null
  order by waiting desc, tag limit $5
)
insert into queue_sample (at, tag, waiting, running, delay_ms) select now(), tag, waiting, running, delay_ms from sample
on conflict do nothing`

/** Keeps what was seen of tags whose jobs wait, or did at the last sample; how many rows were written (Q37). */
export async function takeSample(db: Database, depths: readonly Depth[]): Promise<number> {
  const { rowCount } = await db.pool.query(TAKE, [
    depths.map((depth) => depth.tag),
    depths.map((depth) => depth.ready),
    depths.map((depth) => depth.running),
    depths.map((depth) => depth.headAgeMs ?? 0),
    SAMPLED_TAGS_MAX,
  ])
  return rowCount ?? 0
}

/** Deletes samples past their time. */
export async function forgetSamples(db: Database): Promise<void> {
  await db.pool.query(`delete from queue_sample where at < now() - $1 * interval '1 day'`, [SAMPLE_DAYS])
}

interface Row {
  readonly tag: string
  readonly at: Date
  readonly waiting: number
  readonly running: number
  readonly delay_ms: number
}

/** Samples of the last `windowS` seconds in stretches of `stepS`, by tag and time. */
export async function loadSamples(
  db: Database,
  window: { readonly windowS: number; readonly stepS: number },
): Promise<{ readonly from: Date; readonly to: Date; readonly points: readonly SamplePoint[] }> {
  const { rows } = await db.pool.query<Row & { from: Date; to: Date }>(
    `with span as (select now() - $1 * interval '1 second' as "from", now() as "to")
     select span.*, p.* from span left join lateral (
       select tag, date_bin($2 * interval '1 second', at, span."from") as at, max(waiting) as waiting, max(running) as running,
         max(delay_ms) as delay_ms
       from queue_sample where at >= span."from" group by 1, 2
     ) as p on true order by p.tag, p.at`,
    [window.windowS, window.stepS],
  )
  const [first] = rows
  if (!first) throw new Error('a span is one row at least')
  const points = rows.flatMap(({ tag, at, waiting, running, delay_ms: delayMs }) =>
    tag === null ? [] : [{ tag, at, waiting, running, delayMs }],
  )
  return { from: first.from, to: first.to, points }
}
