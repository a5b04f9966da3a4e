import { createHash } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import { FormSchema, ScriptOptions, type NewScript } from '@millrace/contracts'
import type { Queryable, WorkspaceTransaction } from '@millrace/db'
import {
  archiveScript,
  findNewestScript,
  findScriptByHash,
  findScriptHead,
  insertScript,
  isServed,
  letScriptServe,
  lockScriptPaths,
  supersedeScript,
  type ScriptRow,
} from '@millrace/db/tables/script'
import { replaceImports } from '@millrace/db/tables/script-import'
import { enqueueLock, lockImporters } from '@millrace/queue'
import { readVolumes } from '@millrace/runtimes'
import type { WorkspaceContext } from '../http/implement.ts'
import type { Membership } from '../policy/caller.ts'
import { requireWritablePath } from '../policy/paths.ts'
import { inferSchema, requireRuntime, type InferenceError, type Inferred } from './infer-schema.ts'
import { lockedFor } from './locked-for.ts'
import { findEmptyLock, findImports } from './needed-lock.ts'

/** Who deploys, and the queue for what is to be done then. */
type Deployer = Pick<WorkspaceContext, 'member' | 'caller' | 'queue'>

/** A version that is ready to be stored, but for its place among the others. */
type Draft = Omit<
  ScriptRow,
  | 'hash'
  | 'parent_hash'
  | 'created_at'
  | 'archived'
  | 'deleted'
  | 'serves'
  | 'lock_error_logs'
  | 'lock_job'
  | 'lock_key'
  | 'lock_revision'
>

/**
 * Reads a script that was sent; its schema is inferred unless it has one, and keeps what people added to the version before.
 * Throws `script.unknown_language`, or `script.invalid` when it cannot be parsed and has no schema, or asks for volumes that no run
 * could have.
 */
export async function draftScript(
  member: Membership,
  script: NewScript,
  before: Pick<ScriptRow, 'schema'> | undefined,
): Promise<Draft> {
  const previous = FormSchema.safeParse(before?.schema).data
  const inferred = await inferSchema(script.language, script.content, previous)
  if (!inferred.ok && !script.schema) throw invalid(inferred.error)
  const volumes = requireRuntime(script.language).kind === 'process' ? readVolumes(script.content) : undefined
  if (volumes && !volumes.ok) throw invalid({ message: volumes.error, line: undefined })
  return toDraft(member, script, inferred.ok ? inferred.value : undefined)
}

function invalid({ message, line }: InferenceError): Problem {
  return new Problem('script.invalid', `${line === undefined ? '' : `Line ${line}: `}${message}`, {
    detail: { line, message },
  })
}

/** A deployment that is written, but not committed yet. */
export interface Deployment {
  readonly hash: string
  /** Tells workers of the jobs that came of it; to be called after the commit. */
  announce(): void
}

/**
 * Makes a draft the newest version at its path, and the version before it an archived one. A path with a script asks for that one's
 * hash as the parent, so that nobody overwrites what they have not seen. A parent at another path is moved here.
 *
 * A version whose packages are to be pinned first, by a job that is enqueued here, does not serve before that is done: the one that
 * serves goes on with it. Where none serves there is nothing to keep, and the new one serves at once, its packages pinned on the fly.
 */
export async function deployScript(
  tx: WorkspaceTransaction,
  cx: Deployer,
  draft: Draft,
  wish: { readonly parentHash: string | undefined; readonly autoParent: boolean; readonly skipIfNoop: boolean },
): Promise<Deployment> {
  const { workspace_id: workspace, path } = draft
  const elsewhere = wish.parentHash ? await findScriptByHash(tx, workspace, wish.parentHash) : undefined
  const reached = (await findImports(tx, draft)).modules
  const read = reached ? [...reached.found.keys(), ...reached.missing.map((missing) => missing.path)] : []
  await lockScriptPaths(tx, workspace, { written: [path, elsewhere?.path ?? path], read })
  const newest = await findNewestScript(tx, workspace, path)
  const head = newest && !newest.archived ? newest : undefined
  if (head && wish.skipIfNoop && isSame(head, draft)) return { hash: head.hash, announce: () => undefined }
  const parent = await chooseParent(tx, { newest, head, elsewhere }, draft, wish)
  if (parent && parent.path !== path) requireWritablePath(cx.member, parent.path)
  const hash = hashOf(draft, parent?.hash)
  if (parent && parent.path !== path) await archiveScript(tx, workspace, { hash: parent.hash })
  else if (parent) await supersedeScript(tx, workspace, parent.hash)
  return await putVersion(tx, cx, { ...draft, hash, parent_hash: parent?.hash ?? null })
}

/** Stores the version, lets it serve or has its lock made first. */
async function putVersion(
  tx: WorkspaceTransaction,
  cx: Deployer,
  version: Draft & { readonly hash: string; readonly parent_hash: string | null },
): Promise<Deployment> {
  const { workspace_id: workspaceId, path, hash, language } = version
  const imports = await findImports(tx, version)
  const lock = version.lock ?? (await findEmptyLock(tx, version, imports))
  const schema = JSON.stringify(version.schema)
  await insertScript(tx, { ...version, lock: lock ?? null, schema, options: JSON.stringify(version.options) })
  await replaceImports(tx, workspaceId, path, imports.own)
  const owner = lockedFor(cx)
  const locking =
    lock === undefined ? await enqueueLock(cx.queue, tx, { workspaceId, path, hash, language }, owner) : undefined
  if (locking && (await isServed(tx, workspaceId, path))) return { hash, announce: locking.announce }
  await letScriptServe(tx, workspaceId, { path, hash })
  const importers = await lockImporters(cx.queue, tx, { workspaceId, imported: [path] }, owner)
  return {
    hash,
    announce() {
      locking?.announce()
      importers.announce()
    },
  }
}

async function chooseParent(
  tx: Queryable,
  found: { newest: ScriptRow | undefined; head: ScriptRow | undefined; elsewhere: ScriptRow | undefined },
  { workspace_id: workspace, path }: Draft,
  wish: { readonly parentHash: string | undefined; readonly autoParent: boolean },
): Promise<ScriptRow | undefined> {
  const { newest, head, elsewhere } = found
  if (wish.parentHash === undefined) {
    if (!head || wish.autoParent) return newest
    throw new Problem(
      'script.path_taken',
      `There is a script at ${path}: send its hash ${head.hash} as "parent_hash" to deploy a new version.`,
      { detail: { hash: head.hash } },
    )
  }
  if (wish.parentHash === newest?.hash) return newest
  if (!head && elsewhere && elsewhere.path !== path) {
    const moved = await findScriptHead(tx, workspace, elsewhere.path)
    if (moved?.hash === wish.parentHash) return moved
  }
  throw new Problem(
    'script.stale_parent',
    newest
      ? `${wish.parentHash} is not the newest version at ${path}, which is ${newest.hash}: read it again and merge.`
      : `There is no version ${wish.parentHash} that could be continued at ${path}.`,
    { detail: { hash: newest?.hash } },
  )
}

function toDraft(member: Membership, script: NewScript, inferred: Inferred | undefined): Draft {
  const options = Object.entries(ScriptOptions.parse(script)).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return {
    workspace_id: member.workspace,
    path: script.path,
    summary: script.summary ?? '',
    description: script.description ?? '',
    content: script.content,
    language: script.language,
    kind: script.kind ?? 'script',
    schema: script.schema ?? inferred?.schema ?? {},
    // An empty one says nothing that the source does not say itself.
    lock: script.lock || null,
    tag: script.tag ?? null,
    timeout_s: script.timeout ?? null,
    auto_kind: script.auto_kind ?? inferred?.autoKind ?? null,
    has_preprocessor: inferred?.hasPreprocessor ?? script.has_preprocessor ?? false,
    options: Object.fromEntries(options),
    deployment_message: script.deployment_message ?? null,
    created_by: member.username,
  }
}

/** A draft without a lock is the same as a version whose lock was made, or is being made, but not as one without hope of a lock. */
function isSame(head: ScriptRow, draft: Draft): boolean {
  if (draft.lock !== null) return identity(head) === identity(draft)
  const isHopeless = head.lock === null && head.lock_error_logs !== null
  return !isHopeless && identity({ ...head, lock: null }) === identity(draft)
}

function hashOf(draft: Draft, parent: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([draft.workspace_id, parent ?? null, identity(draft)]))
    .digest('hex')
    .slice(0, 16)
}

/** What makes a version another one: not who deployed it, when and with which message. */
function identity(script: Draft): string {
  const {
    path,
    summary,
    description,
    content,
    language,
    kind,
    lock,
    tag,
    timeout_s: timeout,
    auto_kind: autoKind,
  } = script
  // Off is the same as unset: a reply tells some options although nobody set them, and clients send them back.
  const options = Object.entries(script.options ?? {})
    .filter(([, value]) => value !== false)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const { schema, has_preprocessor: hasPreprocessor } = script
  return JSON.stringify([
    path, summary, description, content, language, kind, lock, tag, timeout, autoKind, hasPreprocessor, options, schema,
  ]) // prettier-ignore
}
