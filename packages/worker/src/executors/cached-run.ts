import type { Database } from '@millrace/db'
import { findCachedResult, keepResult } from '@millrace/db/tables/result-cache'
import { digestOf, type ClaimedJob, type RunContext, type RunEnd } from '@millrace/queue'
import { mayHaveReferences } from '@millrace/vault'

/** A job, and how what it would run is told apart; undefined where that cannot be told. */
export interface CachedJob {
  readonly job: ClaimedJob
  readonly context: RunContext
  findCode(): Promise<string | undefined>
}

/**
 * Runs a job unless the result of an equal one is still kept (option `cacheTtlS`): the same code, imports and packages with the same
 * arguments in the same workspace. Only successes are kept. `findCode` tells what stands for the code and all that it imports.
 */
export async function cachedRun(
  db: Database,
  { job, context, findCode }: CachedJob,
  run: () => Promise<RunEnd>,
): Promise<RunEnd> {
  const { cacheTtlS: ttlS } = job.options
  if (ttlS === undefined) return await run()
  const { workspaceId, scriptHash } = job
  const code = await findCode()
  if (code === undefined) return await run()
  const args: unknown = JSON.parse(job.argsJson ?? '{}')
  // What references give depends on who asks.
  const user = mayHaveReferences(job.argsJson ?? '') ? job.permissionedAs : undefined
  const key = digestOf({ scriptHash, code, args, user })
  const kept = await findCachedResult(db.kysely, workspaceId, key)
  if (kept) {
    context.log.write(`not run: this is the result of an earlier run with the same arguments, kept for ${ttlS} s\n`)
    return { status: 'success', resultJson: kept.result }
  }
  const outcome = await run()
  if (outcome.status === 'success') await keepResult(db.kysely, workspaceId, { key, result: outcome.resultJson, ttlS })
  return outcome
}
