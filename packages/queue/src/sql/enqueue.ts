import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import type { Database } from '@millrace/db'
import type { NewJob } from '../job.ts'

// Appends to today's partition of `job` and to `job_queue`; reads nothing. One transaction, being one statement.
const ENQUEUE = `
with input as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::uuid[], $15::uuid[], $16::text[],
    $17::int[], $18::smallint[], $19::smallint[], $20::bool[], $21::bool[])
  as t(id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email, permissioned_as,
    due_at, parent_job, root_job, trigger_kind, timeout_ms, attempts_max, priority, visible_to_owner, awaited)
), asked as (
  insert into job (id, workspace_id, kind, script_path, script_hash, language, raw_code, args, tag, created_by, email,
    permissioned_as, parent_job, root_job, trigger_kind, timeout_ms, attempts_max, priority, visible_to_owner, awaited)
  select id, workspace_id, kind, script_path, script_hash, language, raw_code, args::json, tag, created_by, email,
    permissioned_as, parent_job, root_job, trigger_kind, timeout_ms, attempts_max, priority, visible_to_owner, awaited
  from input
)
insert into job_queue (id, workspace_id, tag, state, priority, fair, due_at)
select id, workspace_id, tag, case when due_at > now() then 'scheduled' else 'ready' end, priority, 0, coalesce(due_at, now())
from input`

/** Rows in one statement at the most; a larger call is still one transaction. */
const CHUNK = 1000

/** Writes the jobs durably, all or none (Q1), and returns their ids in order. */
export async function enqueueJobs(db: Database, jobs: readonly NewJob[]): Promise<readonly string[]> {
  const ids = jobs.map((job) => job.id ?? newId())
  const rows = jobs.map((job, index) => row(job, ids[index] ?? newId()))
  try {
    if (rows.length <= CHUNK) await db.pool.query({ name: 'enqueue', text: ENQUEUE, values: columns(rows) })
    else await enqueueMany(db, rows)
  } catch (error) {
    throw isDuplicate(error)
      ? new Problem('job.exists', 'A job with this id exists already: choose another job_id or leave it out.')
      : error
  }
  return ids
}

async function enqueueMany(db: Database, rows: readonly unknown[][]): Promise<void> {
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    for (let at = 0; at < rows.length; at += CHUNK)
      await client.query({ name: 'enqueue', text: ENQUEUE, values: columns(rows.slice(at, at + CHUNK)) })
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

function row(job: NewJob, id: string): unknown[] {
  return [
    id,
    job.workspaceId,
    job.kind,
    job.scriptPath,
    job.scriptHash,
    job.language,
    job.rawCode,
    job.args === undefined ? undefined : JSON.stringify(job.args),
    job.tag,
    job.createdBy,
    job.email,
    job.permissionedAs,
    job.dueAt?.toISOString(),
    job.parentJob,
    job.rootJob,
    job.triggerKind,
    job.timeoutMs,
    job.attemptsMax ?? 3,
    job.priority ?? 0,
    job.visibleToOwner ?? true,
    job.awaited ?? false,
  ]
}

function columns(rows: readonly unknown[][]): unknown[][] {
  const width = rows[0]?.length ?? 0
  return Array.from({ length: width }, (_, column) => rows.map((values) => values[column] ?? null))
}

function isDuplicate(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '23505'
}
