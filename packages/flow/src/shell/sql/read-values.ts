import type { Connection } from '@millrace/db'
import type { Json } from '../../core/json.ts'
import type { ResultRef, Resumed } from '../../core/protocol.ts'

/** A reference that PostgreSQL can follow: what stands in the flow is written out. */
export type StoredRef =
  | Exclude<ResultRef, { kind: 'mock' }>
  | { readonly kind: 'value'; readonly value: Json }
  /** What a step gave in an iteration of a while loop. */
  | {
      readonly kind: 'before'
      readonly frame: string
      readonly module: string
      readonly index: number
      readonly step: string
    }

/** What references stand for, as JSON texts, in one query; undefined where there is nothing. */
export async function readResults(
  connection: Connection,
  refs: readonly StoredRef[],
): Promise<readonly (string | undefined)[]> {
  if (refs.length === 0) return []
  const { rows } = await connection.query<{ text: string | null }>({
    name: 'read-results',
    text: 'select flow_result(r.ref) as text from unnest($1::json[]) with ordinality as r(ref, nth) order by r.nth',
    values: [refs.map((ref) => JSON.stringify(ref))],
  })
  return rows.map((row) => row.text ?? undefined)
}

/** The item that an iteration is about, as JSON text. */
export async function readItem(
  connection: Connection,
  { frame, module, index }: { readonly frame: string; readonly module: string; readonly index: number },
): Promise<string> {
  const { rows } = await connection.query<{ text: string }>({
    name: 'read-item',
    text: 'select flow_item_text($1, $2, $3) as text',
    values: [frame, module, index],
  })
  return rows[0]?.text ?? 'null'
}

/** An answer of somebody to a module that waits. */
export interface Resumption {
  readonly payload: string
  readonly approver: string
  readonly approved: boolean
}

/** What was answered to a module, the oldest first. */
export async function readResumptions(
  connection: Connection,
  { frame, module }: Resumed,
): Promise<readonly Resumption[]> {
  const { rows } = await connection.query<{ payload: string | null; approver: string | null; approved: boolean }>({
    name: 'read-resumptions',
    text: `select payload::text as payload, approver, approved from flow_resume where frame_id = $1 and module = $2
           order by at, resume_id`,
    values: [frame, module],
  })
  return rows.map(({ payload, approver, approved }) => ({
    payload: payload ?? 'null',
    approver: approver ?? 'anonymous',
    approved,
  }))
}
