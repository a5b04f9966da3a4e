import type { Connection } from '@millrace/db'
import type { Json } from '../../core/json.ts'
import type { ResultRef, Resumed } from '../../core/protocol.ts'
import { CHUNK } from '../plan.ts'

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

/** An item of a list that is kept for a loop. */
export type Item = Extract<StoredRef, { kind: 'item' }>

// A loop without a list has no rows here.
const CHUNKS = `
select i.frame_id as frame, i.module, (i.chunk * ${CHUNK} + e.nth - 1)::int as index, e.item::text as text
from (select distinct * from unnest($1::uuid[], $2::text[], $3::int[]) as t(frame_id, module, chunk)) as w
join flow_item i using (frame_id, module, chunk) cross join lateral json_array_elements(i.items) with ordinality as e(item, nth)`

/** The items that are meant, as JSON texts, with those that lie in the same rows. */
export async function readChunks(
  connection: Connection,
  items: readonly Item[],
): Promise<readonly (Item & { readonly text: string })[]> {
  const { rows } = await connection.query<{ frame: string; module: string; index: number; text: string }>({
    name: 'read-chunks',
    text: CHUNKS,
    values: [
      items.map(({ frame }) => frame),
      items.map(({ module }) => module),
      items.map(({ index }) => Math.floor(index / CHUNK)),
    ],
  })
  return rows.map((row) => ({ kind: 'item', ...row }))
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
