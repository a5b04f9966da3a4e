import { Problem } from '@millrace/base/problem'
import type { NewVariable, VariableChange } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import {
  findVariable,
  insertVariable,
  lockVariable,
  updateVariable,
  type VariableRow,
} from '@millrace/db/tables/variable'
import type { WorkspaceContext } from '../http/implement.ts'
import { requireWritablePath } from '../policy/paths.ts'
import { decryptSent, missingVariable, readValue } from './variable-values.ts'

/** Makes a variable. Throws `variable.path_taken`, `variable.not_decryptable`. */
export async function createVariable(cx: WorkspaceContext, body: NewVariable, isEncrypted: boolean): Promise<void> {
  requireWritablePath(cx.member, body.path)
  await cx.inside(async (tx) => {
    const text = isEncrypted && body.is_secret ? await decryptSent(cx, tx, body.value) : body.value
    const isMade = await insertVariable(tx, {
      workspace_id: cx.workspace,
      path: body.path,
      ...(await stored(cx, tx, { text, isSecret: body.is_secret, path: body.path, version: 1 })),
      description: body.description ?? '',
      account: body.account ?? null,
      is_oauth: body.is_oauth ?? false,
      expires_at: body.expires_at ? new Date(body.expires_at) : null,
      labels: body.labels ?? [],
      created_by: cx.member.username,
      edited_by: cx.member.username,
    })
    if (!isMade) throw taken(body.path)
  })
}

/**
 * Changes what is sent; the new path. A secret does not become plain without a new value, so that nobody reveals one by
 * changing it.
 */
export async function changeVariable(
  cx: WorkspaceContext,
  path: string,
  body: VariableChange,
  isEncrypted: boolean,
): Promise<string> {
  const target = body.path ?? path
  requireWritablePath(cx.member, path)
  requireWritablePath(cx.member, target)
  await cx.inside(async (tx) => {
    const row = (await lockVariable(tx, cx.workspace, path)) ?? missingVariable(path)
    if (target !== path && (await findVariable(tx, cx.workspace, target))) throw taken(target)
    const { description, labels, account, is_oauth: isOauth } = body
    await updateVariable(tx, cx.workspace, path, {
      ...(await changedValue(cx, tx, row, { body, target, isEncrypted })),
      path: target,
      ...(typeof description === 'string' && { description }),
      ...(labels && { labels }),
      ...(typeof account === 'number' && { account }),
      ...(typeof isOauth === 'boolean' && { is_oauth: isOauth }),
      edited_by: cx.member.username,
      edited_at: new Date(),
    })
  })
  return target
}

/** A secret that moves or changes is sealed for its new place and version. */
async function changedValue(
  cx: WorkspaceContext,
  tx: Queryable,
  row: VariableRow,
  change: { readonly body: VariableChange; readonly target: string; readonly isEncrypted: boolean },
) {
  const { body, target, isEncrypted } = change
  const sent = body.value ?? undefined
  const wasSecret = row.sealed !== null
  const isSecret = body.is_secret ?? wasSecret
  const isSame = sent === undefined && isSecret === wasSecret && target === row.path
  if (isSame) return {}
  if (wasSecret && !isSecret && sent === undefined)
    throw new Problem(
      'variable.value_required',
      `${row.path} is a secret: send its value too to make it a plain variable.`,
    )
  const kept = () => (wasSecret ? readValue(cx, tx, row) : Promise.resolve(row.value ?? ''))
  const text = sent === undefined ? await kept() : await decoded(cx, tx, sent, isEncrypted && isSecret)
  const version = row.version + 1
  return { ...(await stored(cx, tx, { text, isSecret, path: target, version })), version }
}

async function decoded(cx: WorkspaceContext, tx: Queryable, text: string, isEncrypted: boolean): Promise<string> {
  return isEncrypted ? await decryptSent(cx, tx, text) : text
}

async function stored(
  cx: WorkspaceContext,
  tx: Queryable,
  what: { readonly text: string; readonly isSecret: boolean; readonly path: string; readonly version: number },
) {
  const { text, isSecret, path, version } = what
  if (!isSecret) return { value: text, sealed: null }
  return { value: null, sealed: await cx.vault.sealValue(tx, text, { workspace: cx.workspace, path, version }) }
}

function taken(path: string): Problem {
  return new Problem('variable.path_taken', `There is a variable ${path} already: update it, or choose another path.`)
}
