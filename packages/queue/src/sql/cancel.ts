import { inTransaction, type Database } from '@millrace/db'
import type { JobState } from '../states.ts'

/** Who asks which job to end; `force` does not wait for the worker. */
export interface Cancel {
  readonly workspaceId: string
  readonly id: string
  readonly by: string
  readonly reason?: string | undefined
  readonly force?: boolean | undefined
}

/** `asked`: the worker was told; `ended`: it is over now; the rest changed nothing. */
export type CancelAnswer = 'asked' | 'ended' | 'not_pending' | 'not_found'

const END = `
with gone as (
  delete from job_queue where id = $1 returning id, workspace_id, started_at, due_at, attempt
)
insert into job_outcome (id, workspace_id, status, result, started_at, duration_ms, wait_ms, attempt, canceled_by, canceled_reason)
select id, workspace_id, 'canceled', $2::json, started_at,
  greatest(0, coalesce(extract(epoch from now() - started_at) * 1000, 0))::bigint,
  greatest(0, extract(epoch from coalesce(started_at, now()) - due_at) * 1000)::bigint, attempt, $3, $4
from gone`

/** The result of a cancelled job. */
export function canceledResult(by: string, reason: string | undefined): string {
  return JSON.stringify({ error: { name: 'Canceled', message: `canceled by ${by}${reason ? `: ${reason}` : ''}` } })
}

/** Ends a job that is not running, asks a running one (Q15–Q17). Locks the job's row in the queue, nothing else. */
export function cancelJob(db: Database, cancel: Cancel): Promise<CancelAnswer> {
  return inTransaction(db, async (client) => {
    const { rows } = await client.query<{ state: JobState }>(
      'select state from job_queue where id = $1 and workspace_id = $2 for update',
      [cancel.id, cancel.workspaceId],
    )
    const state = rows[0]?.state
    if (state === undefined) {
      const known = await client.query('select from job where id = $1 and workspace_id = $2', [
        cancel.id,
        cancel.workspaceId,
      ])
      return known.rowCount ? 'not_pending' : 'not_found'
    }
    if (state === 'running' && !cancel.force) {
      await client.query(
        `insert into job_cancel (id, workspace_id, canceled_by, reason) values ($1, $2, $3, $4) on conflict (id) do nothing`,
        [cancel.id, cancel.workspaceId, cancel.by, cancel.reason ?? null],
      )
      return 'asked'
    }
    await client.query(END, [cancel.id, canceledResult(cancel.by, cancel.reason), cancel.by, cancel.reason ?? null])
    return 'ended'
  })
}
