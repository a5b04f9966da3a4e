import { Problem } from '@millrace/base/problem'
import type { ExportableQueuedJob, RunQuery } from '@millrace/contracts'
import { connectionOf } from '@millrace/db'
import { insertAudit } from '@millrace/db/tables/audit'
import type { NewJob, WrittenWithin } from '@millrace/queue'
import { flowJob, flowPreviewJob } from '../flows/flow-job.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { batchJob } from '../jobs/batch-job.ts'
import { previewJob, scriptJob, type Which } from '../jobs/new-job.ts'
import { chooseFresh, importEntry, refusalOf, sayImported } from './choose-fresh.ts'

/** Jobs whose scripts are looked up together. */
const CHUNK = 50

type IdentifiedJob = NewJob & { readonly id: string }

/** Enqueues jobs that waited elsewhere, all or none; a sentence. Those whose ids are taken are passed over. */
export async function importQueued(cx: WorkspaceContext, asked: readonly ExportableQueuedJob[]): Promise<string> {
  const { fresh, taken } = await chooseFresh(cx, asked)
  const jobs: IdentifiedJob[] = []
  for (let at = 0; at < fresh.length; at += CHUNK)
    jobs.push(...(await Promise.all(fresh.slice(at, at + CHUNK).map((job) => newJob(cx, job)))))
  await write(cx, jobs)
  return sayImported(jobs.length, taken)
}

/** The jobs, and that they were imported, in one transaction. */
async function write({ db, queue, ...cx }: WorkspaceContext, jobs: readonly IdentifiedJob[]): Promise<void> {
  let written: WrittenWithin | undefined
  try {
    await db.kysely.transaction().execute(async (tx) => {
      await insertAudit(tx, importEntry(cx, 'jobs.import_queued', jobs))
      written = await queue.writeWithin(connectionOf(tx), jobs)
    })
    const enqueued = written
    written = undefined
    enqueued?.ended('committed')
    if (enqueued) queue.tell(enqueued, [])
  } catch (error) {
    written?.ended('unknown')
    throw refusalOf(error) ?? error
  }
}

async function newJob(cx: WorkspaceContext, job: ExportableQueuedJob): Promise<IdentifiedJob> {
  const { triggerKind: _ours, ...made } = await makeJob(cx, job).catch((error: unknown) => {
    if (Problem.is(error)) throw new Problem(error.code, `Job ${job.id}: ${error.message}`, error.options)
    throw error
  })
  const { parent_job: parentJob, root_job: rootJob, trigger_kind: triggerKind, trigger: triggerPath } = job
  return {
    ...made,
    id: job.id,
    visibleToOwner: job.visible_to_owner,
    priority: job.priority ?? 0,
    ...(job.scheduled_for && { dueAt: new Date(job.scheduled_for) }),
    ...(parentJob && { parentJob }),
    ...(rootJob && { rootJob }),
    ...(triggerKind && { triggerKind }),
    ...(triggerPath && { triggerPath }),
    ...(isTrusted(cx) && { createdBy: job.created_by, email: job.email, permissionedAs: job.permissioned_as }),
  }
}

/** Whoever names others must be allowed to act for anybody: a job acts as the one whom it names. */
function isTrusted({ caller }: WorkspaceContext): boolean {
  return caller.isSuperAdmin && caller.boundTo === undefined
}

/** As a call for it would be made here: with the tags, the limits and the memory of what it runs. */
async function makeJob(cx: WorkspaceContext, job: ExportableQueuedJob): Promise<NewJob> {
  const { job_kind: kind, script_path: path, script_hash: hash, tag } = job
  const args = job.args ?? {}
  const query = queryOf(job)
  switch (kind) {
    case 'script':
      return await orServing(hash, path, (which) => scriptJob(cx, which, query, args))
    case 'preview': {
      const [content, language] = [job.raw_code ?? needs('raw_code'), job.language ?? needs('language')]
      const made = await previewJob(cx, { content, language, path }, query, args)
      return job.raw_lock ? { ...made, options: { ...made.options, lock: job.raw_lock } } : made
    }
    case 'flow':
      return await orServing(hash, path, (which) =>
        flowJob(cx, 'path' in which ? which : { path: path ?? needs('script_path'), ...which }, query, args),
      )
    case 'flowpreview':
      return await flowPreviewJob(cx, { value: job.raw_flow ?? needs('raw_flow'), path }, query, args)
    case 'noop':
      return { ...(await batchJob(cx, { kind, tag })), ...(job.args && { args }) }
    case 'identity':
      return await previewJob(cx, { kind, tag }, query, args)
    default:
      throw new Problem(
        'job.not_importable',
        `Jobs of kind "${kind}" are not enqueued by a call: leave it out, and deploy or run again what it belongs to.`,
      )
  }
}

/** The version that it names; where that is not here, as after a move to another workspace, the one that serves at its path. */
async function orServing(
  hash: string | null | undefined,
  path: string | null | undefined,
  make: (which: Which) => Promise<NewJob>,
): Promise<NewJob> {
  const serving = path ? { path } : undefined
  if (!hash) return await make(serving ?? needs('script_path'))
  return await make({ hash }).catch((error: unknown) => {
    if (serving && Problem.is(error) && MISSING.has(error.code)) return make(serving)
    throw error
  })
}

const MISSING: ReadonlySet<string> = new Set(['script.not_found', 'flow.not_found'])

function queryOf(job: ExportableQueuedJob): RunQuery {
  const { tag, timeout, cache_ttl, memory_id } = job
  return {
    ...(tag && { tag }),
    ...(timeout && { timeout }),
    ...(cache_ttl && { cache_ttl }),
    ...(memory_id && { memory_id }),
  }
}

function needs(field: string): never {
  throw new Problem('job.not_importable', `A job of its kind needs "${field}": export it again, or leave it out.`)
}
