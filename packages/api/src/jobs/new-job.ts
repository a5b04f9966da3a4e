import { Problem } from '@millrace/base/problem'
import { ScriptOptions, type Preview, type RunQuery } from '@millrace/contracts'
import { findJobState } from '@millrace/db/tables/job'
import { findRunnableScript, type RunnableScript } from '@millrace/db/tables/runnable-script'
import { findScriptByHash, findServingScript, type ScriptRow } from '@millrace/db/tables/script'
import { jobOptions, type NewJob } from '@millrace/queue'
import type { CallerContext, WorkspaceContext } from '../http/implement.ts'
import { requireRuntime } from '../scripts/infer-schema.ts'
import { resolveTag, type TagWish } from '../tags/resolve-tag.ts'
import type { Args } from './read-args.ts'

/** Which script: the one that runs at a path, or one version. */
export type Which = { readonly path: string } | { readonly hash: string }

/** Who asks for a job, and what it takes to make one. */
export interface JobMaker extends Pick<WorkspaceContext, 'db' | 'queue' | 'tagSettings' | 'workspace'> {
  readonly inside: WorkspaceContext['inside']
  readonly member: Pick<WorkspaceContext['member'], 'username'>
  readonly caller: Pick<CallerContext['caller'], 'email' | 'via'>
}

/** Tag of jobs that run no code. */
export const NOOP = 'noop'

/** A run of a deployed script. */
export async function scriptJob(cx: JobMaker, which: Which, query: RunQuery, args: Args): Promise<NewJob> {
  const [script, family] = await Promise.all([requireRunnable(cx, which), findFamily(cx, query)])
  const options = ScriptOptions.parse(script.options)
  const { priority, dedicated_worker: isDedicated } = options
  const { workspace } = cx
  const ownTag = isDedicated ? `${workspace}:${script.path}` : script.tag
  const tag = await tagOf(cx, query.tag || ownTag, { language: script.language }, args)
  const subject = { workspace, path: script.path, args, cacheTtlS: query.cache_ttl, lockRevision: script.lock_revision }
  const limits = jobOptions(options, subject)
  const timeoutS = query.timeout ?? script.timeout_s ?? undefined
  return {
    ...jobBase(cx, query),
    ...family,
    kind: 'script',
    scriptPath: script.path,
    scriptHash: script.hash,
    language: script.language,
    args,
    tag,
    ...(timeoutS !== undefined && timeoutS > 0 && { timeoutMs: timeoutS * 1000 }),
    ...(typeof priority === 'number' && { priority }),
    ...(limits && { options: limits }),
    memoryMb: await cx.queue.memoryOf(workspace, script.path),
  }
}

/** A run of code that is not deployed. */
export async function previewJob(cx: JobMaker, preview: Preview, query: RunQuery, args: Args): Promise<NewJob> {
  const family = await findFamily(cx, query)
  const base = { ...jobBase(cx, query), ...family, args: { ...preview.args, ...args } }
  const wished = preview.tag || query.tag
  if (preview.kind === 'http')
    throw new Problem('request.invalid', 'Previews of kind "http" are not for scripts: leave "kind" out.')
  if (preview.kind === 'identity')
    return { ...base, kind: 'identity', tag: await tagOf(cx, wished, { kind: NOOP }, base.args) }
  const source = await findSource(cx, preview)
  const path = preview.path ?? undefined
  return {
    ...base,
    kind: 'preview',
    ...(path !== undefined && { scriptPath: path }),
    language: source.language,
    rawCode: source.content,
    tag: await tagOf(cx, wished, { language: source.language }, base.args),
    ...(query.timeout !== undefined && query.timeout > 0 && { timeoutMs: query.timeout * 1000 }),
  }
}

/** The tag of the job's row; an empty one counts as none. */
export async function tagOf(
  cx: JobMaker,
  tag: string | null | undefined,
  fallback: TagWish['fallback'],
  args: TagWish['args'],
): Promise<string> {
  return resolveTag({ workspace: cx.workspace, tag: tag || undefined, fallback, args }, await cx.tagSettings.rules())
}

async function requireRunnable(cx: JobMaker, which: Which): Promise<RunnableScript> {
  const runnable = 'path' in which ? await findRunnableScript(cx.db, cx.workspace, which.path) : undefined
  return runnable ?? (await requireScript(cx, which))
}

async function requireScript(cx: JobMaker, which: Which): Promise<ScriptRow> {
  // One statement instead of a transaction of four, on the way of every call; it names the workspace, and the caller is a
  // member of it.
  const { kysely } = cx.db
  const found = await ('path' in which
    ? findServingScript(kysely, cx.workspace, which.path)
    : findScriptByHash(kysely, cx.workspace, which.hash))
  if (found) return found
  const name = 'path' in which ? which.path : which.hash
  throw new Problem('script.not_found', `There is no script ${name.slice(0, 300)} in this workspace that could run.`)
}

async function findSource(cx: JobMaker, preview: Preview): Promise<{ content: string; language: string }> {
  const { content, language, script_hash: hash, path } = preview
  if (typeof content === 'string') {
    if (!language) throw new Problem('request.invalid', 'A preview needs the "language" of its "content".')
    return { content, language: requireRuntime(language).id }
  }
  if (hash) return await requireScript(cx, { hash })
  if (path) return await requireScript(cx, { path })
  throw new Problem('request.invalid', 'A preview needs "content" and "language", or the "path" of a script.')
}

/** What every job of a call has. */
export function jobBase(cx: JobMaker, query: RunQuery) {
  const { scheduled_for: at, scheduled_in_secs: inS } = query
  return {
    workspaceId: cx.workspace,
    createdBy: cx.member.username,
    email: cx.caller.email,
    permissionedAs: `u/${cx.member.username}`,
    visibleToOwner: query.invisible_to_owner !== true,
    ...(query.job_id !== undefined && { id: query.job_id }),
    ...(cx.caller.via !== 'job' && { triggerKind: cx.caller.via === 'cookie' ? 'ui' : 'webhook' }),
    ...(at !== undefined && { dueAt: new Date(at) }),
    ...(at === undefined && inS ? { dueInMs: inS * 1000 } : {}),
  }
}

/** The parent that a call names, and the first job above it; throws `job.not_found`. */
export async function findFamily(cx: JobMaker, query: RunQuery): Promise<{ parentJob?: string; rootJob?: string }> {
  const { parent_job: parentJob, root_job: rootJob } = query
  if (parentJob === undefined) return rootJob === undefined ? {} : { rootJob }
  const parent = await cx.inside((tx) => findJobState(tx, cx.workspace, parentJob))
  if (!parent)
    throw new Problem('job.not_found', `There is no job ${parentJob} in this workspace that could be the parent.`)
  return { parentJob, rootJob: rootJob ?? parent.root_job ?? parent.id }
}
