import { inWorkspace } from '@millrace/db'
import { letScriptServe, lockScriptPaths } from '@millrace/db/tables/script'
import { findLockState, storeLock, storeLockError } from '@millrace/db/tables/script-lock'
import { findScriptVersion } from '@millrace/db/tables/script-version'
import { errorResult, lockImporters, type ClaimedJob, type Outcome, type StopReason } from '@millrace/queue'
import type { RunError } from '../launch/index.ts'
import type { SourceCompleter } from './complete-source.ts'
import type { Executor } from './executor.ts'
import { ERROR_LENGTH_MAX, makeLock, type Locking, type LockTools } from './make-lock.ts'

/**
 * Makes locks: of a deployed version, which serves from then on in place of the one that served meanwhile, or of code that was sent with
 * the job (its argument `manifests` has the dependency files). Registries are asked afresh, whatever they said before.
 */
export function dependencies(tools: LockTools, completer: SourceCompleter): Executor {
  return {
    kind: 'dependencies',
    async execute(job, context) {
      const { scriptHash: hash } = job
      if (hash !== undefined) return await lockVersion({ tools, completer, job, context }, hash)
      const source = { content: job.rawCode ?? '', language: job.language ?? '', path: job.scriptPath }
      const made = await makeLock({ tools, completer, job, context }, source, readManifests(job))
      return made.ok ? success(made.lock) : failure(made.error)
    },
  }
}

async function lockVersion(locking: Locking, hash: string): Promise<Outcome> {
  const { tools, job, context } = locking
  const { db } = tools
  const { workspaceId, id } = job
  const version = await findScriptVersion(db, workspaceId, hash)
  const state = await inWorkspace(db, workspaceId, (tx) => findLockState(tx, workspaceId, hash))
  if (!version || !state)
    return failure({ name: 'NotFound', message: `Version ${hash} of ${job.scriptPath} is not there any more.` })
  if (state.archived && !state.serves) {
    context.log.write(
      'not locked: this version is archived, for a newer one was deployed or the script was taken away\n',
    )
    return success(state.lock)
  }
  const source = { content: version.content, language: version.language, path: job.scriptPath }
  const made = await makeLock(locking, source, undefined)
  if (made.ok) return await keepLock(locking, hash, made)
  const stopped: StopReason | undefined = context.signal.aborted ? context.signal.reason : undefined
  if (stopped?.kind === 'cancel') tools.markCancel(id, 'killed_at')
  if (stopped?.kind !== 'lease_lost') {
    const error = made.error.message.slice(0, ERROR_LENGTH_MAX)
    await inWorkspace(db, workspaceId, (tx) => storeLockError(tx, workspaceId, { hash, job: id, error }))
  }
  return failure(made.error)
}

/** Keeps the lock, and lets the version serve if it is still the newest one; then all that import it are to be locked anew. */
async function keepLock(
  { tools, job, context }: Locking,
  hash: string,
  { lock, key }: { readonly lock: string; readonly key: string },
): Promise<Outcome> {
  const { db, queue } = tools
  const { workspaceId, id, scriptPath: path = '' } = job
  const announce = await inWorkspace(db, workspaceId, async (tx) => {
    await lockScriptPaths(tx, workspaceId, { written: [path] })
    if (!(await storeLock(tx, workspaceId, { hash, job: id, lock, key }))) {
      context.log.write('not kept: a later job has locked this version meanwhile\n')
      return undefined
    }
    const state = await findLockState(tx, workspaceId, hash)
    if (!state || state.serves || state.archived) return undefined
    await letScriptServe(tx, workspaceId, { path, hash })
    const importers = await lockImporters(queue, tx, { workspaceId, imported: [path] }, job)
    return importers.announce
  })
  announce?.()
  return success(lock)
}

function readManifests(job: ClaimedJob): Readonly<Record<string, string>> | undefined {
  const args: unknown = JSON.parse(job.argsJson ?? '{}')
  if (typeof args !== 'object' || args === null || !('manifests' in args)) return undefined
  const { manifests } = args
  if (typeof manifests !== 'object' || manifests === null) return undefined
  return Object.fromEntries(
    Object.entries(manifests).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function success(lock: string | null): Outcome {
  return { status: 'success', resultJson: JSON.stringify({ lock }) }
}

function failure({ name, message }: RunError): Outcome {
  return { status: 'failure', resultJson: errorResult(name, message) }
}
