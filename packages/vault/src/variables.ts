import type { Queryable } from '@millrace/db'
import { lockSecrets, updateVariable, type VariableRow } from '@millrace/db/tables/variable'
import { lockWorkspaceKey } from '@millrace/db/tables/workspace-key'
import { seal, sealPortable, unseal, UnreadableSecret, unsealPortable } from './seal.ts'
import { loadWorkspaceKey, storeWorkspaceKey, workspaceKeyOf, type WorkspaceKey } from './workspace-keys.ts'

/** Where a secret lies, and in which version of it. */
export interface SecretPlace {
  readonly workspace: string
  readonly path: string
  readonly version: number
}

/** A variable whose value is at hand. */
export interface OpenedVariable {
  readonly value: string
  readonly isSecret: boolean
}

/** Seals a value for a row that is written in the same transaction; the key does not change before its end. */
export async function sealValue(db: Queryable, instanceKey: Buffer, text: string, place: SecretPlace): Promise<Buffer> {
  const key = await loadWorkspaceKey(db, instanceKey, place.workspace, 'shared')
  return seal(key.atRest, text, placeOf(place))
}

/** The value of a variable. Throws `UnreadableSecret`. */
export async function openVariable(db: Queryable, instanceKey: Buffer, row: VariableRow): Promise<OpenedVariable> {
  if (!row.sealed) return { value: row.value ?? '', isSecret: false }
  const key = await loadWorkspaceKey(db, instanceKey, row.workspace_id)
  return { value: openWith(key, row, row.sealed), isSecret: true }
}

/** The text that clients keep for a secret. */
export async function toPortable(db: Queryable, instanceKey: Buffer, workspace: string, text: string): Promise<string> {
  return sealPortable((await loadWorkspaceKey(db, instanceKey, workspace)).portable, text)
}

/** What a client's text of a secret says. Throws `UnreadableSecret`. */
export async function fromPortable(
  db: Queryable,
  instanceKey: Buffer,
  workspace: string,
  text: string,
): Promise<string> {
  return unsealPortable((await loadWorkspaceKey(db, instanceKey, workspace)).portable, text)
}

/**
 * Gives the workspace another key, in the transaction of `db`, and seals its secrets anew. With `keepSealed` they stay as they
 * are: unreadable, until they are written again. What cannot be read with the key before stays as it is too. Answers how many
 * secrets were sealed anew.
 */
export async function changeWorkspaceKey(
  db: Queryable,
  instanceKey: Buffer,
  change: {
    readonly workspace: string
    readonly text: string
    readonly changedBy: string
    readonly keepSealed: boolean
  },
): Promise<number> {
  await loadWorkspaceKey(db, instanceKey, change.workspace)
  await lockWorkspaceKey(db, change.workspace)
  const before = await loadWorkspaceKey(db, instanceKey, change.workspace)
  await storeWorkspaceKey(db, instanceKey, change)
  if (change.keepSealed) return 0
  const after = workspaceKeyOf(change.text)
  let count = 0
  for (const row of await lockSecrets(db, change.workspace)) {
    const sealed = row.sealed && sealAnew(before, after, row, row.sealed)
    if (!sealed) continue
    await updateVariable(db, change.workspace, row.path, { sealed })
    count += 1
  }
  return count
}

function sealAnew(before: WorkspaceKey, after: WorkspaceKey, row: VariableRow, sealed: Buffer): Buffer | undefined {
  try {
    return seal(after.atRest, openWith(before, row, sealed), placeOf(toPlace(row)))
  } catch (error) {
    if (error instanceof UnreadableSecret) return undefined
    throw error
  }
}

function openWith(key: WorkspaceKey, row: VariableRow, sealed: Buffer): string {
  return unseal(key.atRest, sealed, placeOf(toPlace(row)))
}

function toPlace(row: VariableRow): SecretPlace {
  return { workspace: row.workspace_id, path: row.path, version: row.version }
}

function placeOf({ workspace, path, version }: SecretPlace): readonly string[] {
  return ['variable', workspace, path, String(version)]
}
