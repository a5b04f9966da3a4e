import type { Database } from '@millrace/db'
import type { ClaimedJob } from '../job.ts'

/** One process start of a worker, as it announces itself. */
export interface WorkerInfo {
  readonly id: string
  /** Shown to people; unique for each start. */
  readonly name: string
  readonly tags: readonly string[]
  readonly slots: number
  readonly sandbox: string
  readonly isolated: boolean
  readonly notice: string | undefined
  readonly version: string
  /** The group that it belongs to; `default` when it names none. */
  readonly group?: string | undefined
  readonly host?: string | undefined
}

/** What a worker takes; it may change while it runs. */
export interface WorkerTerms {
  readonly tags: readonly string[]
  readonly slots: number
  /** Why it takes nothing, or what it does not isolate; shown to people. */
  readonly notice: string | undefined
  /** Tags that are served before the others, the highest number first; 0 is the others’. */
  readonly ranks?: Readonly<Record<string, number>> | undefined
  /** Jobs that it runs at the most, from its start on. */
  readonly jobsMax?: number | undefined
}

/** A cancel that was asked of a running job. */
export interface CancelRequest {
  readonly id: string
  readonly canceledBy: string
  readonly reason: string | undefined
}

/** Makes the worker's row: from now on it holds a lease. */
export async function registerWorker(db: Database, worker: WorkerInfo): Promise<void> {
  await db.pool.query(
    `insert into worker (id, name, tags, slots, sandbox, isolated, notice, version, worker_group, host, ip)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, host(inet_client_addr()))`,
    [
      worker.id,
      worker.name,
      worker.tags,
      worker.slots,
      worker.sandbox,
      worker.isolated,
      worker.notice ?? null,
      worker.version,
      worker.group ?? 'default',
      worker.host ?? '',
    ],
  )
}

/** Shows in the worker's row what it takes from now on. */
export async function updateWorker(db: Database, workerId: string, terms: WorkerTerms): Promise<void> {
  const { tags, slots, notice } = terms
  await db.pool.query('update worker set tags = $2, slots = $3, notice = $4 where id = $1', [
    workerId,
    tags,
    slots,
    notice ?? null,
  ])
}

/** Renews the lease (Q11) and notes how many jobs were run; false when the keeper has taken it away (Q13). */
export async function renewLease(db: Database, workerId: string, jobsExecuted: number): Promise<boolean> {
  const { rowCount } = await db.pool.query({
    name: 'renew-lease',
    text: 'update worker set last_seen_at = now(), jobs_executed = $2 where id = $1',
    values: [workerId, jobsExecuted],
  })
  return rowCount === 1
}

/** Cancels asked of jobs that this worker holds; there are few requests at any time. */
export async function findCancelRequests(db: Database, workerId: string): Promise<readonly CancelRequest[]> {
  const { rows } = await db.pool.query<{ id: string; canceled_by: string; reason: string | null }>({
    name: 'find-cancels',
    text: `select c.id, c.canceled_by, c.reason from job_queue q join job_cancel c on c.id = q.id
           where q.worker_id = $1`,
    values: [workerId],
  })
  return rows.map((row) => ({ id: row.id, canceledBy: row.canceled_by, reason: row.reason ?? undefined }))
}

/** Notes that a cancelled job's tree was sent SIGTERM or SIGKILL. */
export async function markCancel(db: Database, id: string, column: 'signalled_at' | 'killed_at'): Promise<void> {
  await db.pool.query(`update job_cancel set ${column} = now() where id = $1 and ${column} is null`, [id])
}

/**
 * Gives claimed jobs back as if they had not been claimed (Q14, Q48); only those whose fence holds, and that were claimed then: where the
 * statement comes late, the worker may hold the same job again, under the same attempt.
 */
export async function handBackJobs(
  db: Database,
  workerId: string,
  jobs: readonly Pick<ClaimedJob, 'id' | 'attempt' | 'startedAt'>[],
): Promise<void> {
  if (jobs.length === 0) return
  await db.pool.query(
    `update job_queue q set state = 'ready', worker_id = null, started_at = null, attempt = q.attempt - 1
     from unnest($2::uuid[], $3::smallint[], $4::float8[]) as i(id, attempt, claimed_ms)
     where q.id = i.id and q.attempt = i.attempt and q.worker_id = $1 and q.state = 'running'
       and q.started_at < to_timestamp((i.claimed_ms + 1) / 1000)`,
    [workerId, jobs.map((job) => job.id), jobs.map((job) => job.attempt), jobs.map((job) => job.startedAt.getTime())],
  )
}

/**
 * Gives back what the worker holds by a claim whose answer it never got (the connection broke after the commit, Q21); `inHand`
 * reads the ids that it knows of. Returns the tags of what was given back. Walks all jobs.
 *
 * Only claims from before that reading: where the network holds the statement up, it may reach the database when the worker has
 * long gone on, and would give back what it claimed since, under a fence that another run has then as well.
 */
export async function handBackStrays(
  db: Database,
  workerId: string,
  inHand: () => readonly string[],
): Promise<readonly string[]> {
  const { rows: clock } = await db.pool.query<{ now: string }>('select clock_timestamp()::text as now')
  const { rows } = await db.pool.query<{ tag: string }>(
    `update job_queue set state = 'ready', worker_id = null, started_at = null, attempt = attempt - 1
     where worker_id = $1 and state = 'running' and started_at < $2 and not (id = any ($3::uuid[]))
     returning tag`,
    [workerId, clock[0]?.now, inHand()],
  )
  return [...new Set(rows.map((row) => row.tag))]
}

/** Ends the lease in good order; jobs still held are left for the keeper. */
export async function unregisterWorker(db: Database, workerId: string): Promise<void> {
  await db.pool.query('delete from worker where id = $1 and not exists (select from job_queue where worker_id = $1)', [
    workerId,
  ])
}
