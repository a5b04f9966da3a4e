import type { Database } from '@millrace/db'
import type { ClaimedJob } from '../job.ts'

// Walks `job_queue_order` once for each tag (an index condition `tag = any(...)` would sort all rows of those tags) and
// takes the first rows nobody else is taking. The primary key finds them again; `job` is read by id, one partition each.
// It must never look at concurrency keys or payloads of jobs it does not take.
// The worker's row is locked against the keeper, which deletes it when it rescues: a worker that was asleep and has no row
// any more claims nothing, for nobody would ever take such jobs back (Q20). Only when there is something to claim: a look that
// finds nothing must stay a read, without a commit to flush.
const CLAIM = `
with candidate as (
  select picked.id from unnest($2::text[]) as wanted(tag)
  cross join lateral (
    select id, priority, fair from job_queue
    where tag = wanted.tag and state = 'ready'
    order by priority desc, fair, id limit $3
    for update skip locked
  ) as picked
  order by picked.priority desc, picked.fair, picked.id limit $3
), lease as (
  select id from worker where id = $1 and exists (select from candidate) for key share
), claimed as (
  update job_queue set state = 'running', worker_id = $1, attempt = attempt + 1, started_at = clock_timestamp()
  where id = any (array(select id from candidate)) and exists (select from lease)
  returning id, attempt, started_at, priority, fair
)
select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.language, j.raw_code, j.args::text as args, j.tag,
  j.created_by, j.email, j.permissioned_as, j.parent_job, j.root_job, j.timeout_ms, j.awaited, c.attempt, c.started_at
from claimed c join job j on j.id = c.id
order by c.priority desc, c.fair, c.id`

interface Row {
  readonly id: string
  readonly workspace_id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly language: string | null
  readonly raw_code: string | null
  readonly args: string | null
  readonly tag: string
  readonly created_by: string
  readonly email: string
  readonly permissioned_as: string
  readonly parent_job: string | null
  readonly root_job: string | null
  readonly timeout_ms: number | null
  readonly awaited: boolean
  readonly attempt: number
  readonly started_at: Date
}

/** Up to `limit` ready jobs of the tags, in order, now held by the worker (Q4–Q6). */
export async function claimJobs(
  db: Database,
  workerId: string,
  tags: readonly string[],
  limit: number,
): Promise<readonly ClaimedJob[]> {
  const { rows } = await db.pool.query<Row>({ name: 'claim', text: CLAIM, values: [workerId, tags, limit] })
  return rows.map(toJob)
}

function toJob(row: Row): ClaimedJob {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    scriptPath: row.script_path ?? undefined,
    scriptHash: row.script_hash ?? undefined,
    language: row.language ?? undefined,
    rawCode: row.raw_code ?? undefined,
    argsJson: row.args ?? undefined,
    tag: row.tag,
    createdBy: row.created_by,
    email: row.email,
    permissionedAs: row.permissioned_as,
    parentJob: row.parent_job ?? undefined,
    rootJob: row.root_job ?? undefined,
    timeoutMs: row.timeout_ms ?? undefined,
    awaited: row.awaited,
    attempt: row.attempt,
    startedAt: row.started_at,
  }
}
