import type { Connection } from '@millrace/db'
import type { Debounce } from '../job.ts'
import type { IdentifiedJob } from './enqueue.ts'

/** A call as it is to be enqueued, and the job that it takes the place of. */
export interface Debounced {
  readonly job: IdentifiedJob
  readonly replaced: string | undefined
}

interface Row {
  readonly job_id: string
  readonly calls: number
  readonly gathered: Readonly<Record<string, unknown>> | null
  readonly age_ms: number
}

const BEGIN = `
insert into job_debounce (workspace_id, key, job_id, calls, first_at, gathered) values ($1, $2, $3, 1, clock_timestamp(), $4::json)
on conflict (workspace_id, key) do nothing`

const FIND = `
select job_id, calls, gathered, (extract(epoch from clock_timestamp() - first_at) * 1000)::float8 as age_ms
from job_debounce where workspace_id = $1 and key = $2 for update`

// A job that waits for its time holds no slot: it just goes, and its outcome says which job does its work.
const REPLACE = `
with gone as (
  delete from job_queue where id = $1 and state = 'scheduled' returning id, workspace_id, due_at, attempt
)
insert into job_outcome (id, workspace_id, status, result, duration_ms, wait_ms, attempt)
select id, workspace_id, 'skipped', json_build_object('debounced_by', $2::text), 0, 0, attempt from gone
returning id`

// A flow whose step it was goes on from its end as from any other.
const TELL_FLOW = `
select job_ended(array[j.id], array['skipped']) from job j where j.id = $1 and j.flow_step_id is not null`

const RESTART = `
update job_debounce set job_id = $3, calls = 1, first_at = clock_timestamp(), gathered = $4::json where workspace_id = $1 and key = $2`

const CONTINUE = `update job_debounce set job_id = $3, calls = $4, gathered = $5::json where workspace_id = $1 and key = $2`

/**
 * Makes the last of several calls with a key the one that runs (Q31), in the transaction that enqueues it. Calls of one key
 * wait for each other at its row.
 */
export async function debounceJob(
  client: Connection,
  job: IdentifiedJob,
  { key, delayS, accumulate, totalS, callsMax }: Debounce,
): Promise<Debounced> {
  const at = [job.workspaceId, key]
  const own = pick(job.args ?? {}, accumulate ?? [])
  const later: IdentifiedJob = { ...job, dueInMs: delayS * 1000 }
  for (;;) {
    const begun = await client.query(BEGIN, [...at, job.id, JSON.stringify(own)])
    if (begun.rowCount === 1) return { job: later, replaced: undefined }
    const { rows } = await client.query<Row>(FIND, at)
    const [row] = rows
    // It was forgotten between the two statements.
    if (!row) continue
    const replaced = await client.query<{ id: string }>(REPLACE, [row.job_id, job.id])
    if (replaced.rowCount === 0) {
      await client.query(RESTART, [...at, job.id, JSON.stringify(own)])
      return { job: later, replaced: undefined }
    }
    await client.query(TELL_FLOW, [row.job_id])
    const calls = row.calls + 1
    const gathered = gather(row.gathered ?? {}, own)
    await client.query(CONTINUE, [...at, job.id, calls, JSON.stringify(gathered)])
    const isLast = callsMax !== undefined && calls >= callsMax
    const leftMs = totalS === undefined ? Infinity : totalS * 1000 - row.age_ms
    const dueInMs = isLast ? 0 : Math.max(0, Math.min(delayS * 1000, Math.round(leftMs)))
    return { job: { ...job, args: { ...job.args, ...gathered }, dueInMs }, replaced: row.job_id }
  }
}

/** Those of many that are debounced, in the order of their keys, so that two transactions never wait for each other. */
export async function debounceJobs(
  client: Connection,
  jobs: readonly IdentifiedJob[],
): Promise<readonly IdentifiedJob[]> {
  const debounced = jobs.flatMap((job) => (job.options?.debounce ? [{ job, debounce: job.options.debounce }] : []))
  if (debounced.length === 0) return jobs
  const later = new Map<string, IdentifiedJob>()
  for (const { job, debounce } of debounced.toSorted((a, b) => (a.debounce.key < b.debounce.key ? -1 : 1)))
    later.set(job.id, (await debounceJob(client, job, debounce)).job)
  return jobs.map((job) => later.get(job.id) ?? job)
}

/** Arguments whose elements are gathered; a value that is no array is one element. */
function pick(args: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, readonly unknown[]> {
  const named = names.filter((name) => args[name] !== undefined && args[name] !== null)
  return Object.fromEntries(named.map((name) => [name, asList(args[name])]))
}

function gather(before: Readonly<Record<string, unknown>>, own: Readonly<Record<string, readonly unknown[]>>) {
  const names = new Set([...Object.keys(before), ...Object.keys(own)])
  return Object.fromEntries([...names].map((name) => [name, [...asList(before[name] ?? []), ...(own[name] ?? [])]]))
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
