import { Problem } from '@millrace/base/problem'
import type { Queryable } from '@millrace/db'
import { findVariable, type VariableRow } from '@millrace/db/tables/variable'
import { UnreadableSecret } from '@millrace/vault'
import type { WorkspaceContext } from '../http/implement.ts'
import { requireReadablePath } from '../policy/paths.ts'

/** The variable at a path that the caller may see. Throws `auth.forbidden`, `variable.not_found`. */
export async function requireVariable(cx: WorkspaceContext, tx: Queryable, path: string): Promise<VariableRow> {
  requireReadablePath(cx.member, path)
  return (await findVariable(tx, cx.workspace, path)) ?? missingVariable(path)
}

/**
 * The value of a variable, given to the caller: a job that reads a secret is noted before, so that its log does not show it.
 * Throws `variable.unreadable`.
 */
export async function readValue(cx: WorkspaceContext, tx: Queryable, row: VariableRow): Promise<string> {
  const { value, isSecret } = await cx.vault.openVariable(tx, row).catch((error: unknown) => {
    if (!(error instanceof UnreadableSecret)) throw error
    throw new Problem(
      'variable.unreadable',
      `The secret ${row.path} cannot be read (${error.message}): write its value again.`,
    )
  })
  if (isSecret) await noteSecret(cx, tx, value)
  return value
}

/** What a caller is about to be given, once the transaction is over; only jobs have a log. */
export async function noteSecret(cx: WorkspaceContext, tx: Queryable, value: string): Promise<void> {
  const { jobId } = cx.caller
  if (jobId !== undefined) await cx.vault.jobSecrets.note(tx, { id: jobId, workspace: cx.workspace }, value)
}

/** What a client encrypted, or was given encrypted. Throws `variable.not_decryptable`. */
export async function decryptSent(cx: WorkspaceContext, tx: Queryable, text: string): Promise<string> {
  try {
    return await cx.vault.fromPortable(tx, cx.workspace, text)
  } catch (error) {
    if (!(error instanceof UnreadableSecret)) throw error
    throw new Problem(
      'variable.not_decryptable',
      `The value is not encrypted with the key of this workspace (${error.message}): send it plain, or set the key first.`,
    )
  }
}

/** Says so. */
export function missingVariable(path: string): never {
  throw new Problem('variable.not_found', `There is no variable ${path.slice(0, 300)} in this workspace.`)
}
