import { listExportedIds, loadExportedJobs, type Exported, type ExportedId } from '@millrace/db/tables/exported-job'
import { JsonPieces, type WorkspaceContext } from '../http/implement.ts'
import { pageOf } from '../page-of.ts'
import { toCompletedText, toQueuedText } from './exportable-text.ts'

const PER_PAGE_MAX = 1000
/** Jobs in memory at once: each is as large as its arguments, its result and its log. */
const CHUNK = 10

/** Which page is asked for. */
export interface ExportQuery {
  readonly page?: number | undefined
  readonly per_page?: number | undefined
  readonly after?: string | undefined
}

/**
 * A page of jobs by id. It has as many as were asked for, unless it is the last one: clients stop at a shorter page. Its jobs are
 * read while they are sent.
 */
export async function exportJobs(cx: WorkspaceContext, which: Exported, query: ExportQuery): Promise<JsonPieces> {
  const { limit, offset } = pageOf(query, PER_PAGE_MAX)
  const list = JSON.stringify(['export', which, cx.workspace, query.after ?? null])
  const known = cx.pages.find(list, offset)
  const ids = await cx.inside((tx) =>
    listExportedIds(tx, cx.workspace, {
      which,
      after: known?.cursor.id ?? query.after,
      offset: offset - (known?.offset ?? 0),
      limit,
    }),
  )
  const last = ids.at(-1)
  if (last) cx.pages.keep(list, { offset: offset + ids.length, cursor: { id: last.id, stray: undefined } })
  return new JsonPieces(writePage(cx, which, ids))
}

async function* writePage(
  cx: WorkspaceContext,
  which: Exported,
  ids: readonly ExportedId[],
): AsyncGenerator<string, void, undefined> {
  let before = '['
  for (let at = 0; at < ids.length; at += CHUNK) {
    const chunk = ids.slice(at, at + CHUNK)
    const dueAt = new Map(chunk.map((found) => [found.id, found.due_at]))
    for (const row of await cx.inside((tx) => loadExportedJobs(tx, cx.workspace, [...dueAt.keys()]))) {
      const due = dueAt.get(row.id) ?? row.created_at
      yield before + (which === 'waiting' ? toQueuedText(row, due) : toCompletedText(row))
      before = ','
    }
  }
  yield before === '[' ? '[]' : ']'
}
