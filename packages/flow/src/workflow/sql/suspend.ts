import type { Connection } from '@millrace/db'
import { toLetGo, type LetGo, type LetGoRow } from './open.ts'

/** A checkpoint to be written. */
export interface NewCheckpoint {
  readonly key: string
  readonly kind: 'step' | 'task' | 'sleep' | 'approval'
  readonly target?: string | undefined
  readonly child_id?: string | undefined
  readonly after_ms?: number | undefined
  readonly started_at?: string | undefined
  readonly duration_ms?: number | undefined
  /** Undefined: it is under way. */
  readonly status?: 'success' | 'failure' | undefined
  /** JSON text. */
  readonly result?: string | undefined
}

/** How the frame of the workflow waits. */
export interface FrameChange {
  readonly state: unknown
  readonly awaits?: unknown
  readonly after_ms?: number | undefined
}

/** What writing checkpoints came to. */
export type Stored =
  | { readonly kind: 'stale' }
  /** Keys that stand for something else. */
  | { readonly kind: 'clash'; readonly keys: readonly string[] }
  /** `goesOn`: nothing is under way, so the worker keeps it in hand. `added` are the keys that were new. */
  | ({ readonly kind: 'stored'; readonly goesOn: boolean; readonly added: ReadonlySet<string> } & LetGo)

interface Row extends LetGoRow {
  readonly is_held: boolean
  readonly goes_on: boolean | null
  readonly clashes: readonly string[] | null
  readonly added: readonly string[] | null
}

/** Writes the checkpoints that a run of the code asks for, and lets go of the workflow unless none is under way. */
export async function suspendWorkflow(
  connection: Connection,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  asked: readonly NewCheckpoint[],
  change: FrameChange,
): Promise<Stored> {
  const { rows } = await connection.query<Row>({
    name: 'suspend-workflow',
    text: 'select * from suspend_workflow($1, $2, $3::json, $4::json)',
    values: [id, attempt, JSON.stringify(asked), JSON.stringify(change)],
  })
  const [row] = rows
  if (!row?.is_held) return { kind: 'stale' }
  if (row.clashes) return { kind: 'clash', keys: row.clashes }
  return { kind: 'stored', goesOn: row.goes_on ?? false, added: new Set(row.added), ...toLetGo(row) }
}
