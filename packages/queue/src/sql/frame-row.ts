import type { Connection } from '@millrace/db'

/** Who holds a frame's row, if anybody. */
export interface HeldRow {
  readonly state: string
  readonly workerId: string | undefined
  readonly attempt: number
  readonly dueAt: Date
}

/** Locks a frame's row: whoever changes when it wakes or ends it comes here first. Undefined: it has ended. */
export async function lockFrameRow(connection: Connection, id: string): Promise<HeldRow | undefined> {
  const { rows } = await connection.query<{
    state: string
    worker_id: string | null
    attempt: number
    due_at: Date
  }>({
    name: 'lock-frame-row',
    text: 'select state, worker_id, attempt, due_at from job_queue where id = $1 for update',
    values: [id],
  })
  const [row] = rows
  return row && { state: row.state, workerId: row.worker_id ?? undefined, attempt: row.attempt, dueAt: row.due_at }
}

// Its times are read here, under the lock and after it: whoever changed them had the lock too. Only workers that are lost one after
// the other count against it: a flow may wait, and be claimed, any number of times.
const PARK = `
update job_queue q set state = case when t.at is null then 'suspended' else 'scheduled' end, due_at = coalesce(t.at, q.due_at),
  worker_id = null, attempt = case when q.attempt > 30000 then 0 else q.attempt end,
  failures = case when q.attempt > 30000 then 0 else q.attempt end
from (select r.id, least(r.wake_at, r.deadline_at) as at from flow_run r where r.id = $1) as t
where q.id = t.id and (q.state in ('suspended', 'scheduled') or (q.state = 'running' and q.attempt = $2))
returning t.at is not null as is_scheduled, (select to_json(c) from job_cancel c where c.id = q.id) as cancel`

/** A frame that waits. */
export interface ParkedFrame {
  /** It waits for a time, too. */
  readonly isScheduled: boolean
  /** Who asked for its end while it was in hand. */
  readonly cancel: { readonly by: string; readonly reason: string | undefined } | undefined
}

/**
 * Lets a frame wait, without a worker, for its children or for its time, in the transaction that has locked its row; `attempt` is that of
 * the worker that has it in hand.
 */
export async function parkFrame(connection: Connection, id: string, attempt: number | undefined): Promise<ParkedFrame> {
  const { rows } = await connection.query<{
    is_scheduled: boolean
    cancel: { readonly canceled_by: string; readonly reason: string | null } | null
  }>({
    name: 'park-frame',
    text: PARK,
    values: [id, attempt ?? null],
  })
  const [row] = rows
  const { canceled_by: by, reason } = row?.cancel ?? {}
  return {
    isScheduled: row?.is_scheduled ?? false,
    cancel: by === undefined ? undefined : { by, reason: reason ?? undefined },
  }
}
