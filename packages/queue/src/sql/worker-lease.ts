import type { Database } from '@millrace/db'

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
    `insert into worker (id, name, tags, slots, sandbox, isolated, notice, version) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      worker.id,
      worker.name,
      worker.tags,
      worker.slots,
      worker.sandbox,
      worker.isolated,
      worker.notice ?? null,
      worker.version,
    ],
  )
}

/** Renews the lease (Q11); false when the keeper has taken it away (Q13). */
export async function renewLease(db: Database, workerId: string): Promise<boolean> {
  const { rowCount } = await db.pool.query({
    name: 'renew-lease',
    text: 'update worker set last_seen_at = now() where id = $1',
    values: [workerId],
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

/** Gives claimed jobs back as if they had not been claimed (Q14); only those whose fence holds. */
export async function handBackJobs(
  db: Database,
  workerId: string,
  jobs: readonly { readonly id: string; readonly attempt: number }[],
): Promise<void> {
  if (jobs.length === 0) return
  await db.pool.query(
    `update job_queue q set state = 'ready', worker_id = null, started_at = null, attempt = q.attempt - 1
     from unnest($2::uuid[], $3::smallint[]) as i(id, attempt)
     where q.id = i.id and q.attempt = i.attempt and q.worker_id = $1 and q.state = 'running'`,
    [workerId, jobs.map((job) => job.id), jobs.map((job) => job.attempt)],
  )
}

/**
 * Gives back what the worker holds by a claim whose answer it never got (the connection broke after the commit, Q21); `inHand`
 * are the ids that it knows of. Returns the tags of what was given back. Walks all jobs.
 */
export async function handBackStrays(
  db: Database,
  workerId: string,
  inHand: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ tag: string }>(
    `update job_queue set state = 'ready', worker_id = null, started_at = null, attempt = attempt - 1
     where worker_id = $1 and state = 'running' and not (id = any ($2::uuid[]))
     returning tag`,
    [workerId, inHand],
  )
  return [...new Set(rows.map((row) => row.tag))]
}

/** Ends the lease in good order; jobs still held are left for the keeper. */
export async function unregisterWorker(db: Database, workerId: string): Promise<void> {
  await db.pool.query('delete from worker where id = $1 and not exists (select from job_queue where worker_id = $1)', [
    workerId,
  ])
}
