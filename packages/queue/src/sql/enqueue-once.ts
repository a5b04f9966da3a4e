import { Problem } from '@millrace/base/problem'
import type { Connection } from '@millrace/db'
import type { IdentifiedJob } from './enqueue.ts'

const REMEMBER = `
insert into job_once (workspace_id, key, digest, job_id) values ($1, $2, $3, $4) on conflict (workspace_id, key) do nothing`

/**
 * Takes a key for a job, in the transaction that enqueues it (Q32): undefined when it is the first with this key, else the id of the
 * first one. A call that comes while the first is under way waits for it. Throws `job.key_reused` when other things were asked for.
 */
export async function takeKey(client: Connection, job: IdentifiedJob): Promise<string | undefined> {
  const { once } = job
  if (!once) return undefined
  for (;;) {
    const { rowCount } = await client.query(REMEMBER, [job.workspaceId, once.key, once.digest, job.id])
    if (rowCount === 1) return undefined
    const { rows } = await client.query<{ job_id: string; digest: string }>(
      'select job_id, digest from job_once where workspace_id = $1 and key = $2',
      [job.workspaceId, once.key],
    )
    const [first] = rows
    // It was forgotten between the two statements.
    if (!first) continue
    if (first.digest === once.digest) return first.job_id
    throw new Problem(
      'job.key_reused',
      `The key "${once.key}" was used for another call, which became job ${first.job_id}: choose a new key for new content.`,
      { detail: { job_id: first.job_id } },
    )
  }
}

/** Whether the job with this id asks for the same as the given one does. */
export async function isSameJob(db: Connection, job: IdentifiedJob): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from job where id = $1 and workspace_id = $2 and kind = $3 and tag = $4
       and script_path is not distinct from $5 and script_hash is not distinct from $6
       and language is not distinct from $7 and raw_code is not distinct from $8 and args::text is not distinct from $9`,
    [
      job.id,
      job.workspaceId,
      job.kind,
      job.tag,
      job.scriptPath ?? null,
      job.scriptHash ?? null,
      job.language ?? null,
      job.rawCode ?? null,
      job.args === undefined ? null : JSON.stringify(job.args),
    ],
  )
  return rowCount === 1
}
