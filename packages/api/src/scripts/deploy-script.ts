import { createHash } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import { FormSchema, ScriptOptions, type NewScript } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import {
  archiveScript,
  findNewestScript,
  findScriptByHash,
  findScriptHead,
  insertScript,
  lockScriptPaths,
  type ScriptRow,
} from '@millrace/db/tables/script'
import type { Membership } from '../policy/caller.ts'
import { requireWritablePath } from '../policy/paths.ts'
import { inferSchema, type Inferred } from './infer-schema.ts'

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
  | 'lock_revision'
>

/**
 * Reads a script that was sent; its schema is inferred unless it has one, and keeps what people added to the version before.
 * Throws `script.unknown_language`, or `script.invalid` when it cannot be parsed and has no schema.
 */
export async function draftScript(
  member: Membership,
  script: NewScript,
  before: Pick<ScriptRow, 'schema'> | undefined,
): Promise<Draft> {
  const previous = FormSchema.safeParse(before?.schema).data
  const inferred = await inferSchema(script.language, script.content, previous)
  if (!inferred.ok && !script.schema) {
    const { message, line } = inferred.error
    throw new Problem('script.invalid', `${line === undefined ? '' : `Line ${line}: `}${message}`, {
      detail: { line, message },
    })
  }
  return toDraft(member, script, inferred.ok ? inferred.value : undefined)
}

/**
 * Makes a draft the newest version at its path, and the version before it an archived one; its hash is returned. A path with
 * a script asks for that one's hash as the parent, so that nobody overwrites what they have not seen. A parent at another
 * path is moved here.
 */
export async function deployScript(
  tx: Queryable,
  member: Membership,
  draft: Draft,
  wish: { readonly parentHash: string | undefined; readonly autoParent: boolean; readonly skipIfNoop: boolean },
): Promise<string> {
  const { workspace_id: workspace, path } = draft
  const elsewhere = wish.parentHash ? await findScriptByHash(tx, workspace, wish.parentHash) : undefined
  await lockScriptPaths(tx, workspace, [path, elsewhere?.path ?? path])
  const newest = await findNewestScript(tx, workspace, path)
  const head = newest && !newest.archived ? newest : undefined
  if (head && wish.skipIfNoop && isSame(head, draft)) return head.hash
  const parent = await chooseParent(tx, { newest, head, elsewhere }, draft, wish)
  if (parent && parent.path !== path) requireWritablePath(member, parent.path)
  const hash = hashOf(draft, parent?.hash)
  if (parent && !parent.archived) await archiveScript(tx, workspace, { hash: parent.hash })
  await insertScript(tx, {
    ...draft,
    hash,
    parent_hash: parent?.hash ?? null,
    serves: true,
    schema: JSON.stringify(draft.schema),
    options: JSON.stringify(draft.options),
  })
  return hash
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
    lock: script.lock ?? null,
    tag: script.tag ?? null,
    timeout_s: script.timeout ?? null,
    auto_kind: script.auto_kind ?? inferred?.autoKind ?? null,
    has_preprocessor: inferred?.hasPreprocessor ?? script.has_preprocessor ?? false,
    options: Object.fromEntries(options),
    deployment_message: script.deployment_message ?? null,
    created_by: member.username,
  }
}

function isSame(head: ScriptRow, draft: Draft): boolean {
  return identity(head) === identity(draft)
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
