import type { WorkspaceTransaction } from '@millrace/db'
import { noteFlowLockJob, noteFlowRelockJob } from '@millrace/db/tables/flow-lock'
import { listImporters, listImportingFlows, type ImportingFlow } from '@millrace/db/tables/script-import'
import { noteLockJobs } from '@millrace/db/tables/script-lock'
import type { NewJob } from './job.ts'
import type { EnqueuedWithin, Queue } from './queue.ts'

/** Jobs that pin packages run under this tag, whatever their language. */
export const LOCK_TAG = 'dependency'
/** Importers of a script are locked when no more of what they import has changed for so long, */
const QUIET_S = 1
/** and so long after the first change at the latest. */
const TOTAL_S = 30

/** One version of a script and where it is. */
export interface ScriptPlace {
  readonly workspaceId: string
  readonly path: string
  readonly hash: string
  readonly language: string
}

/** In whose name a script is locked: as its deployment was asked for. */
export type LockedFor = Pick<NewJob, 'createdBy' | 'email' | 'permissionedAs'>

/** Enqueues the job that makes the lock of a version, and notes it there. */
export async function enqueueLock(
  queue: Queue,
  tx: WorkspaceTransaction,
  place: ScriptPlace,
  lockedFor: LockedFor,
): Promise<EnqueuedWithin> {
  const enqueued = await queue.enqueueWithin(tx, [lockJob(place, lockedFor)])
  await noteLockJobs(tx, place.workspaceId, [{ hash: place.hash, job: enqueued.ids[0] ?? '' }])
  return enqueued
}

/**
 * What is imported as these paths has changed: enqueues jobs that lock the heads of all that import it anew, directly or by others,
 * inline scripts of flows too, each once. Changes that follow soon make one job; locks serve until the new ones are ready.
 */
export async function lockImporters(
  queue: Queue,
  tx: WorkspaceTransaction,
  { workspaceId, imported }: { readonly workspaceId: string; readonly imported: readonly string[] },
  lockedFor: LockedFor,
): Promise<EnqueuedWithin> {
  const importers = await listImporters(tx, workspaceId, imported)
  const jobs = importers.map((place): NewJob => {
    const debounce = { key: `lock ${place.path}`, delayS: QUIET_S, totalS: TOTAL_S }
    return { ...lockJob({ ...place, workspaceId }, lockedFor), options: { debounce } }
  })
  const flows = await listImportingFlows(tx, workspaceId, imported)
  const enqueued = await queue.enqueueWithin(tx, [
    ...jobs,
    ...flows.map((flow) => flowRelockJob(workspaceId, flow, lockedFor)),
  ])
  const notes = importers.map(({ hash }, at) => ({ hash, job: enqueued.ids[at] ?? '' }))
  await noteLockJobs(tx, workspaceId, notes)
  for (const [at, { version: id }] of flows.entries())
    await noteFlowRelockJob(tx, { workspace: workspaceId, id, job: enqueued.ids[jobs.length + at] ?? '' })
  return enqueued
}

function flowRelockJob(workspaceId: string, { path, version, imported }: ImportingFlow, lockedFor: LockedFor): NewJob {
  const debounce = { key: `lock flow ${path}`, delayS: QUIET_S, totalS: TOTAL_S, accumulate: ['imported'] }
  return { ...flowLockJob({ workspaceId, path, args: { version, imported } }, lockedFor), options: { debounce } }
}

/** Enqueues the job that locks the inline scripts of a version of a flow, and notes it there. */
export async function enqueueFlowLock(
  queue: Queue,
  tx: WorkspaceTransaction,
  { workspaceId, path, version }: { readonly workspaceId: string; readonly path: string; readonly version: number },
  lockedFor: LockedFor,
): Promise<EnqueuedWithin> {
  const enqueued = await queue.enqueueWithin(tx, [flowLockJob({ workspaceId, path, args: { version } }, lockedFor)])
  await noteFlowLockJob(tx, { workspace: workspaceId, id: version, job: enqueued.ids[0] ?? '' })
  return enqueued
}

/**
 * A job that locks inline scripts: of the argument `version`, those without a lock and those that import one of `imported` themselves, or
 * of a document that is sent as `flow_value`.
 */
export function flowLockJob(
  flow: { readonly workspaceId: string; readonly path: string; readonly args: Readonly<Record<string, unknown>> },
  lockedFor: LockedFor,
): NewJob {
  const { workspaceId, path, args } = flow
  return { workspaceId, scriptPath: path, args, ...byWhom(lockedFor), kind: 'flowdependencies' }
}

/** A job that makes a lock of code that was sent with it. */
export function rawLockJob(
  source: Required<Pick<NewJob, 'workspaceId' | 'language' | 'rawCode'>> & Pick<NewJob, 'scriptPath' | 'args'>,
  lockedFor: LockedFor,
): NewJob {
  return { ...source, ...byWhom(lockedFor) }
}

function lockJob({ workspaceId, path, hash, language }: ScriptPlace, lockedFor: LockedFor): NewJob {
  return { workspaceId, scriptPath: path, scriptHash: hash, language, ...byWhom(lockedFor) }
}

function byWhom({ createdBy, email, permissionedAs }: LockedFor) {
  return { createdBy, email, permissionedAs, kind: 'dependencies', tag: LOCK_TAG }
}
