import type { Connection } from '@millrace/db'
import type { StepEnd } from '@millrace/queue'
import type { Frame, Pending } from '../frame.ts'
import type { Plan } from '../plan.ts'
import type { StoredRef } from './read-values.ts'

/** A transition that is to be stored; without a plan the frame is only let go of. */
export interface Storing {
  readonly frame: Frame
  readonly pending: Pending | undefined
  readonly plan: Plan | undefined
  /** The result of the frame, where the transition ends it. */
  readonly result: StoredRef | undefined
  /** Of the worker that has the frame in hand: it lets go of it. */
  readonly attempt: number | undefined
  /** The run of the step whose end it takes in: it is over with the transition, and not before. */
  readonly ending?: StepEnd | undefined
}

/** What storing one came to. */
export interface Stored {
  /** False: somebody else has stored a transition of the frame meanwhile, or the frame is over. */
  readonly isStored: boolean
  /** Whether the step has ended, be the transition stored or not. */
  readonly hasEnded: boolean
  /** Tags of blocked jobs that may run now. */
  readonly ready: readonly string[]
  readonly isScheduled: boolean
  /** Who asked for its end while it was in hand. */
  readonly cancel: { readonly by: string; readonly reason: string | undefined } | undefined
}

/** A row of `store_flow_frames`. */
export interface StoredRow {
  readonly id: string
  readonly is_stored: boolean
  readonly tags: readonly string[] | null
  readonly is_scheduled: boolean
  readonly cancel: { readonly canceled_by: string; readonly reason: string | null } | null
}

/** Stores transitions of different frames, by their ids. */
export async function storeFrames(
  connection: Connection,
  storings: readonly Storing[],
): Promise<ReadonlyMap<string, Stored>> {
  const { rows } = await connection.query<StoredRow>({
    name: 'store-flow-frames',
    text: 'select * from store_flow_frames($1::json)',
    values: [`[${storings.map(toStoring).join(',')}]`],
  })
  return new Map(rows.map((row) => [row.id, toStored(row)]))
}

/** Whether it takes in the end of a step and does nothing but store the state and start jobs. */
export function isInside({ frame, plan, ending, attempt }: Storing): boolean {
  if (!plan || !ending || plan.end || attempt !== undefined || frame.version === undefined) return false
  if (frame.faults > 0) return false
  return plan.wakeAfterMs === undefined && plan.input === undefined && plan.early === undefined
}

/** One of the transitions that `store_flow_frames` takes. */
export function toStoring({ frame, pending, plan, result, attempt, ending }: Storing): string {
  const { id, workspaceId, version, startedAt, waitMs, faults } = frame
  // Of one that has failed by a fault of ours the wake was put off.
  const moves = plan?.end !== undefined || plan?.wakeAfterMs !== undefined || (plan !== undefined && faults > 0)
  const begins = version === undefined && plan !== undefined
  return JSON.stringify({
    id,
    workspace_id: workspaceId,
    version: version ?? null,
    started_at: startedAt,
    wait_ms: waitMs,
    attempt: attempt ?? null,
    ending: ending?.job.id,
    needs_row: attempt !== undefined || moves,
    ...(begins && beginning(frame)),
    ...(plan && {
      state: plan.state,
      awaits: Object.keys(plan.awaits).length > 0 ? plan.awaits : undefined,
      wakes: plan.wakeAfterMs !== undefined,
      after_ms: plan.wakeAfterMs ?? undefined,
      is_due: pending?.event.kind === 'due',
      stopped: plan.end?.stopped ?? false,
      input: plan.input,
      early: plan.early,
      taken: pending && pending.taken.length > 0 ? pending.taken : undefined,
      ...(plan.end && { status: plan.end.status, step: plan.end.step, result: result ?? { kind: 'null' } }),
    }),
  })
}

function beginning({ flowId, pointer, parentId, module, index, before, job }: Frame) {
  return {
    flow_id: flowId,
    pointer,
    before,
    timeout_ms: job.timeoutMs,
    ...(parentId !== undefined && { parent_id: parentId, module, index }),
  }
}

/** What a row says; without one nothing was stored. */
export function toStored(row: StoredRow | undefined): Stored {
  const cancel = row?.cancel
  return {
    isStored: row?.is_stored ?? false,
    hasEnded: false,
    ready: row?.tags ?? [],
    isScheduled: row?.is_scheduled ?? false,
    cancel: cancel ? { by: cancel.canceled_by, reason: cancel.reason ?? undefined } : undefined,
  }
}

/** Notes that a transition failed by a fault of ours; false where the frame has no row. */
export async function noteFault(connection: Connection, id: string, message: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'note-frame-fault',
    text: `update flow_run set faults = least(faults + 1, 1000), fault = $2, faulted_at = clock_timestamp() where id = $1`,
    values: [id, message.slice(0, 2000).replaceAll('\0', '')],
  })
  return rowCount === 1
}
