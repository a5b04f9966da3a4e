import { inTransaction, type Connection, type Database } from '@millrace/db'
import { lockFrameRow } from '@millrace/queue'
import type { Awaited } from './frame.ts'

/** An answer to a module that waits for people; who may give it is for the caller to know. */
export interface Resume {
  readonly workspaceId: string
  /** The frame that waits, or a job of one of its steps. */
  readonly job: string
  /** Needed where the frame waits for several. */
  readonly module?: string | undefined
  /** Each answer has its own: the same one again changes nothing. */
  readonly resumeId: number
  /** JSON text. */
  readonly payload?: string | undefined
  readonly approver?: string | undefined
  readonly approved: boolean
}

/** What became of an answer. */
export type Resumed =
  | { readonly kind: 'taken' | 'repeated'; readonly frame: string; readonly module: string }
  /** The flow is over, or waits for nobody. */
  | { readonly kind: 'not_waiting' }

const FIND = `
select r.id, r.awaits from flow_run r
where r.workspace_id = $1 and r.id in ($2::uuid, (select j.parent_job from job j where j.id = $2 and j.flow_step_id is not null))
  and r.awaits is not null
order by r.id = $2 desc limit 1`

const ANSWER = `
insert into flow_resume (frame_id, module, resume_id, workspace_id, payload, approver, approved)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (frame_id, module, resume_id) do nothing`

const GIVEN = `
select count(*) filter (where approved)::integer as approvals, coalesce(bool_or(not approved), false) as is_disapproved
from flow_resume where frame_id = $1 and module = $2 and resume_id <> $3`

const HAPPENED = `insert into flow_event (frame_id, workspace_id, kind, module) values ($1, $2, 'resumed', $3)`

/**
 * Writes an answer down and that it came, in one transaction; whoever calls tells the shell, or the keeper does. It is refused once the
 * flow does not wait any more, or the others are all that it waits for: of any number of answers at once those count that the module
 * asked for.
 */
export async function resumeFlow(db: Database, resume: Resume): Promise<Resumed> {
  return await inTransaction(db, async (client) => {
    const found = await findWaiting(client, resume)
    if (!found) return { kind: 'not_waiting' }
    const { frame, module } = found
    if (!(await isAnswerMissing(client, found, resume.resumeId))) return { kind: 'not_waiting' }
    const { workspaceId, resumeId, payload, approver, approved } = resume
    const { rowCount } = await client.query(ANSWER, [
      frame,
      module,
      resumeId,
      workspaceId,
      payload ?? null,
      approver ?? null,
      approved,
    ])
    if (rowCount !== 1) return { kind: 'repeated', frame, module }
    await client.query(HAPPENED, [frame, workspaceId, module])
    return { kind: 'taken', frame, module }
  })
}

interface Found {
  readonly frame: string
  readonly module: string
  readonly required: number
}

/** Under the lock of the frame's row, so that the wait cannot end meanwhile. */
async function findWaiting(client: Connection, { workspaceId, job, module }: Resume): Promise<Found | undefined> {
  const first = await readWaiting(client, workspaceId, job)
  if (!first || !(await lockFrameRow(client, first.frame))) return undefined
  const { frame, awaits } = (await readWaiting(client, workspaceId, first.frame)) ?? { frame: '', awaits: {} }
  const modules = Object.keys(awaits)
  const only = module ?? modules[0]
  const awaited = only === undefined ? undefined : awaits[only]
  return only !== undefined && awaited ? { frame, module: only, required: awaited.required } : undefined
}

/** Whether what others said leaves something to be said. */
async function isAnswerMissing(
  client: Connection,
  { frame, module, required }: Found,
  resumeId: number,
): Promise<boolean> {
  const { rows } = await client.query<{ approvals: number; is_disapproved: boolean }>(GIVEN, [frame, module, resumeId])
  const [given] = rows
  return given === undefined || (given.approvals < required && !given.is_disapproved)
}

async function readWaiting(
  client: Connection,
  workspaceId: string,
  job: string,
): Promise<{ readonly frame: string; readonly awaits: Readonly<Record<string, Awaited>> } | undefined> {
  const { rows } = await client.query<{ id: string; awaits: Readonly<Record<string, Awaited>> }>(FIND, [
    workspaceId,
    job,
  ])
  return rows[0] && { frame: rows[0].id, awaits: rows[0].awaits }
}
