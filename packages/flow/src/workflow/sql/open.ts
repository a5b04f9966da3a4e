import type { Connection } from '@millrace/db'
import type { EndedStep } from '../checkpoint.ts'

/** A workflow that was let go of: what there is to tell after the commit. */
export interface LetGo {
  readonly isScheduled: boolean
  /** Tags of jobs that may run now. */
  readonly ready: readonly string[]
  /** Who asked for its end while it was in hand. */
  readonly cancel: { readonly by: string; readonly reason: string | undefined } | undefined
}

/** What a claim of a workflow comes to: its code runs, it still waits, or the claim is void. */
export type Opening = { readonly kind: 'run' } | ({ readonly kind: 'waits' } & LetGo) | { readonly kind: 'stale' }

export interface LetGoRow {
  readonly is_scheduled: boolean | null
  readonly tags: readonly string[] | null
  readonly cancel: { readonly canceled_by: string; readonly reason: string | null } | null
}

/** Takes in what happened to a workflow that a worker has claimed. */
export async function openWorkflow(connection: Connection, id: string, attempt: number): Promise<Opening> {
  const { rows } = await connection.query<LetGoRow & { runs: boolean }>({
    name: 'open-workflow',
    text: 'select * from open_workflow($1, $2)',
    values: [id, attempt],
  })
  const [row] = rows
  if (!row) return { kind: 'stale' }
  return row.runs ? { kind: 'run' } : { kind: 'waits', ...toLetGo(row) }
}

/** Reads what a letting go has told. */
export function toLetGo({ is_scheduled: isScheduled, tags, cancel }: LetGoRow): LetGo {
  return {
    isScheduled: isScheduled ?? false,
    ready: tags ?? [],
    cancel: cancel ? { by: cancel.canceled_by, reason: cancel.reason ?? undefined } : undefined,
  }
}

/** Takes in what happened to a workflow that waits: its tag, where it waits for nothing more and is ready. */
export async function wakeWorkflow(connection: Connection, id: string): Promise<string | undefined> {
  const { rows } = await connection.query<{ tag: string | null }>({
    name: 'wake-workflow',
    text: 'select wake_workflow($1) as tag',
    values: [id],
  })
  return rows[0]?.tag ?? undefined
}

const ENDED = `
select c.key, c.kind, c.status, c.child_id, case when c.child_id is null then c.result else job_result_text(c.child_id) end as result
from workflow_checkpoint c where c.job_id = $1 and c.status is not null`

/** The steps of a workflow that are over, with what they gave. */
export async function readEndedSteps(connection: Connection, id: string): Promise<readonly EndedStep[]> {
  const { rows } = await connection.query<{
    key: string
    kind: string
    status: string
    child_id: string | null
    result: string | null
  }>({ name: 'ended-workflow-steps', text: ENDED, values: [id] })
  return rows.map(({ child_id: childId, result, ...row }) => ({
    ...row,
    childId: childId ?? undefined,
    result: result ?? undefined,
  }))
}

/** The arguments of a job, as JSON text. */
export async function readArgs(connection: Connection, id: string): Promise<string | undefined> {
  const { rows } = await connection.query<{ args: string | null }>({
    name: 'workflow-args',
    text: 'select args::text as args from job where id = $1',
    values: [id],
  })
  return rows[0]?.args ?? undefined
}
