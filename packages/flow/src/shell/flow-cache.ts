import { digestOf } from '@millrace/queue'
import type { Database } from '@millrace/db'
import { findCachedResult, keepResult } from '@millrace/db/tables/result-cache'
import type { Json } from '../core/json.ts'
import type { Frame } from './frame.ts'

/**
 * Results of whole flows that are used again (`cache_ttl`): of the same document with the same arguments, called by the same user, for
 * variables and resources are theirs. Only successes are kept; what a process did not come to keep is computed again.
 */
export class FlowCache {
  readonly #db: Database
  /** Frames whose result was found: it is kept already, and grows no older than it was to. */
  readonly #found = new WeakSet<Frame>()

  constructor(db: Database) {
    this.#db = db
  }

  /** The result that a run which begins need not compute; undefined where there is none. */
  async find(frame: Frame): Promise<{ readonly value: Json } | undefined> {
    if (!isCached(frame)) return undefined
    const key = await this.#keyOf(frame)
    const found = await findCachedResult(this.#db.kysely, frame.workspaceId, key)
    if (found) this.#found.add(frame)
    return found && { value: JSON.parse(found.result ?? 'null') }
  }

  /** Keeps what a flow gave that has just ended well. */
  async keep(frame: Frame): Promise<void> {
    const { cacheTtlS: ttlS } = frame.job
    if (!isCached(frame) || this.#found.has(frame) || ttlS === undefined) return
    const { rows } = await this.#db.pool.query<{ result: string | null }>('select job_result_text($1) as result', [
      frame.id,
    ])
    const key = await this.#keyOf(frame)
    await keepResult(this.#db.kysely, frame.workspaceId, { key, result: rows[0]?.result ?? null, ttlS })
  }

  async #keyOf({ id, job }: Frame): Promise<string> {
    const { rows } = await this.#db.pool.query<{ raw_code: string | null; args: string | null }>(
      'select raw_code, args::text as args from job where id = $1',
      [id],
    )
    const [row] = rows
    const flow = job.scriptHash ?? row?.raw_code ?? null
    return digestOf({ flow, args: JSON.parse(row?.args ?? '{}'), user: job.permissionedAs })
  }
}

/** What a run that repeats another one gives is not what its document would give. */
function isCached({ pointer, job, state }: Frame): boolean {
  return pointer.kind === 'root' && job.cacheTtlS !== undefined && state?.origin === undefined
}
