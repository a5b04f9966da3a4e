import type { Database } from '@millrace/db'
import type { ClaimedJob } from '../job.ts'

/** Characters of a result that lie in its outcome's row; a longer one is stored in pieces. */
const INLINE_MAX = 65_536
const PIECE_MAX = 1_048_576

// Only for a run that holds the job: pieces are told apart by the attempt, so a late one harms nobody either.
const STORE = `
insert into job_result (job_id, attempt, seq, workspace_id, chunk)
select q.id, q.attempt, $4, q.workspace_id, $5 from job_queue q where q.id = $1 and q.attempt = $2 and q.worker_id = $3
on conflict (job_id, attempt, seq) do update set chunk = excluded.chunk`

/** Whether a result, as JSON text, is too long for the row of its outcome. */
export function isLong(resultJson: string | null): resultJson is string {
  return resultJson !== null && resultJson.length > INLINE_MAX
}

/** Stores a long result piece by piece; the number of pieces. PostgreSQL refuses nothing of it: the text is not read as JSON. */
export async function storeResult(
  db: Database,
  workerId: string,
  { id, attempt }: Pick<ClaimedJob, 'id' | 'attempt'>,
  resultJson: string,
): Promise<number> {
  let seq = 0
  for (let at = 0; at < resultJson.length; seq += 1) {
    const end = endOfPiece(resultJson, at)
    await db.pool.query({
      name: 'store-result',
      text: STORE,
      values: [id, attempt, workerId, seq, resultJson.slice(at, end)],
    })
    at = end
  }
  return seq
}

/** Never between the halves of a surrogate pair. */
function endOfPiece(text: string, at: number): number {
  const end = Math.min(text.length, at + PIECE_MAX)
  const last = text.charCodeAt(end - 1)
  return end < text.length && last >= 0xd800 && last <= 0xdbff ? end - 1 : end
}
