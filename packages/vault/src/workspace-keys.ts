import { randomBytes } from 'node:crypto'
import type { Queryable } from '@millrace/db'
import {
  findWorkspaceKey as findSealedKey,
  insertWorkspaceKey,
  updateWorkspaceKey,
} from '@millrace/db/tables/workspace-key'
import { placeOfWorkspaceKey } from './instance-key.ts'
import { deriveKey, seal, unseal } from './seal.ts'

/** The key of a workspace: the text that administrators see, and what it is used as. */
export interface WorkspaceKey {
  readonly text: string
  readonly atRest: Buffer
  readonly portable: Buffer
}

/** A key of a workspace from its text. */
export function workspaceKeyOf(text: string): WorkspaceKey {
  return { text, atRest: deriveKey(text, 'secrets at rest'), portable: deriveKey(text, 'portable secrets') }
}

/**
 * Reads the key, and makes one where there is none. One row each time, so that a change is seen by every process at once;
 * `shared` keeps it from changing until the transaction ends.
 */
export async function loadWorkspaceKey(
  db: Queryable,
  instanceKey: Buffer,
  workspace: string,
  lock?: 'shared',
): Promise<WorkspaceKey> {
  const place = placeOfWorkspaceKey(workspace)
  let sealed = await findSealedKey(db, workspace, lock)
  if (!sealed) {
    const made = seal(instanceKey, randomBytes(32).toString('hex'), place)
    await insertWorkspaceKey(db, workspace, { sealed: made, changedBy: 'millrace' })
    sealed = (await findSealedKey(db, workspace, lock)) ?? made
  }
  return workspaceKeyOf(unseal(instanceKey, sealed, place))
}

/** The same without making one. */
export async function findWorkspaceKey(
  db: Queryable,
  instanceKey: Buffer,
  workspace: string,
): Promise<WorkspaceKey | undefined> {
  const sealed = await findSealedKey(db, workspace)
  return sealed && workspaceKeyOf(unseal(instanceKey, sealed, placeOfWorkspaceKey(workspace)))
}

/** Puts another text in the place of the key. */
export async function storeWorkspaceKey(
  db: Queryable,
  instanceKey: Buffer,
  change: { readonly workspace: string; readonly text: string; readonly changedBy: string },
): Promise<void> {
  const { workspace, text, changedBy } = change
  const sealed = seal(instanceKey, text, placeOfWorkspaceKey(workspace))
  await updateWorkspaceKey(db, workspace, { sealed, changedBy })
}
