import { connectionOf, type Connection, type WorkspaceTransaction } from '@millrace/db'
import { findServingFlow } from '@millrace/db/tables/flow'
import type { FramePointer, FrameState } from '../core/protocol.ts'

/** A frame of a run that has ended. */
export interface OldFrame {
  readonly id: string
  readonly pointer: FramePointer
  readonly state: FrameState
  readonly hasFailed: boolean
}

/** A child of such a frame that is not taken over. */
export interface OldChild {
  readonly id: string
  readonly index: number
  readonly isFrame: boolean
}

/** What is asked about the children of one run of a module. */
export interface ChildQuery {
  readonly frame: string
  readonly module: string
  readonly failures: number
  /** The indices that may fail; all of them. */
  readonly skips: readonly number[] | 'all'
}

/** Children that ended as the module accepts it, by ranges of their indices, and the first ones of all others. */
export interface OldChildren {
  readonly good: readonly { readonly from: number; readonly until: number }[]
  readonly bad: readonly OldChild[]
}

/** Ranges and other children that are told. */
export const RANGES_MAX = 1000
export const BAD_MAX = 100

const FRAME = `
select f.id, f.pointer, f.state, o.status from flow_frame($1) as f join job_outcome o on o.id = f.id where f.workspace_id = $2`

const GOOD = `
select min(index) as from, max(index) + 1 as until from (
  select j.flow_step_index as index, j.flow_step_index - row_number() over (order by j.flow_step_index) as island
  from job j join job_outcome o on o.id = j.id
  where j.parent_job = $1 and j.flow_step_id = $2 and j.flow_step_failures = $3 and j.workspace_id = $4
    and (o.status in ('success', 'skipped') or (o.status = 'failure' and ($5 or j.flow_step_index = any ($6::integer[]))))
) as good group by island order by 1 limit ${RANGES_MAX + 1}`

const BAD = `
select j.id, j.flow_step_index as index, j.kind = 'flowframe' as "isFrame" from job j join job_outcome o on o.id = j.id
where j.parent_job = $1 and j.flow_step_id = $2 and j.flow_step_failures = $3 and j.workspace_id = $4
  and not (o.status in ('success', 'skipped') or (o.status = 'failure' and ($5 or j.flow_step_index = any ($6::integer[]))))
order by j.flow_step_index limit ${BAD_MAX + 1}`

const CHILD = `
select j.id, j.flow_step_index as index, j.kind = 'flowframe' as "isFrame" from job j
where j.parent_job = $1 and j.flow_step_id = $2 and j.flow_step_index = $3 and j.workspace_id = $4
order by j.flow_step_failures desc limit 1`

/** Reads a run of a flow that has ended. */
export class OldRun {
  readonly #tx: WorkspaceTransaction
  readonly #db: Connection
  readonly #workspace: string

  constructor(tx: WorkspaceTransaction, workspace: string) {
    this.#tx = tx
    this.#db = connectionOf(tx)
    this.#workspace = workspace
  }

  /** Undefined where it is none, or ended before its first transition. */
  async findFrame(id: string): Promise<OldFrame | undefined> {
    const { rows } = await this.#db.query<{
      id: string
      pointer: FramePointer
      state: FrameState | null
      status: string
    }>(FRAME, [id, this.#workspace])
    const [row] = rows
    if (!row?.state) return undefined
    return { id: row.id, pointer: row.pointer, state: row.state, hasFailed: row.status === 'failure' }
  }

  /** The flow that is called at a path from now on. */
  async findServing(path: string): Promise<{ readonly version: string; readonly document: unknown } | undefined> {
    const flow = await findServingFlow(this.#tx, { workspace: this.#workspace, path })
    return flow && { version: flow.hash, document: flow.value }
  }

  async listChildren({ frame, module, failures, skips }: ChildQuery): Promise<OldChildren> {
    const values = [frame, module, failures, this.#workspace, skips === 'all', skips === 'all' ? [] : skips]
    const good = await this.#db.query<{ from: number; until: number }>(GOOD, values)
    const bad = await this.#db.query<OldChild>(BAD, values)
    return { good: good.rows, bad: bad.rows }
  }

  async findChild(frame: string, module: string, index: number): Promise<OldChild | undefined> {
    const { rows } = await this.#db.query<OldChild>(CHILD, [frame, module, index, this.#workspace])
    return rows[0]
  }
}
