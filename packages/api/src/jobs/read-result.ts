import { findKeptResult, readResultPiece, type KeptResult } from '@millrace/db/tables/job'
import { JsonPieces, RawJson, type WorkspaceContext } from '../http/implement.ts'

/** The end of a job that has ended, without its result. */
export async function findEnd(cx: WorkspaceContext, id: string): Promise<KeptResult | undefined> {
  return await cx.inside((tx) => findKeptResult(tx, cx.workspace, id))
}

/** The result as a reply, between two other pieces of JSON text; a long one is read while it is sent. */
export function sendResult(
  cx: WorkspaceContext,
  id: string,
  kept: KeptResult,
  around: { readonly before: string; readonly after: string } = { before: '', after: '' },
): RawJson | JsonPieces {
  if (kept.pieces === null) return new RawJson(`${around.before}${kept.result ?? 'null'}${around.after}`)
  return new JsonPieces(readPieces(cx, id, kept, around))
}

async function* readPieces(
  cx: WorkspaceContext,
  id: string,
  { attempt, pieces }: KeptResult,
  { before, after }: { readonly before: string; readonly after: string },
): AsyncGenerator<string, void, undefined> {
  if (before !== '') yield before
  for (let seq = 0; seq < (pieces ?? 0); seq += 1)
    yield await cx.inside((tx) => readResultPiece(tx, cx.workspace, { id, attempt, seq }))
  if (after !== '') yield after
}
