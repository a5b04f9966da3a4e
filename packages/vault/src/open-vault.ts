import type { Database, Queryable } from '@millrace/db'
import type { VariableRow } from '@millrace/db/tables/variable'
import { loadInstanceKey, type SecretKeys } from './instance-key.ts'
import { JobSecrets } from './job-secrets.ts'
import {
  changeWorkspaceKey,
  fromPortable,
  openVariable,
  sealValue,
  toPortable,
  type OpenedVariable,
  type SecretPlace,
} from './variables.ts'
import { findWorkspaceKey, loadWorkspaceKey } from './workspace-keys.ts'

export { WrongKey, type SecretKeys } from './instance-key.ts'

/** Seals and opens what is secret. Every call names the transaction (or the database) that it reads keys in. */
export interface Vault {
  /** Seals a value for a row that is written in the same transaction. */
  sealValue(db: Queryable, text: string, place: SecretPlace): Promise<Buffer>
  /** Throws `UnreadableSecret`. */
  openVariable(db: Queryable, row: VariableRow): Promise<OpenedVariable>
  /** The text that clients keep for a secret: the same for the same value and key. */
  toPortable(db: Queryable, workspace: string, text: string): Promise<string>
  /** Throws `UnreadableSecret`. */
  fromPortable(db: Queryable, workspace: string, text: string): Promise<string>
  /** The key of a workspace, as its administrators see it. */
  readKey(db: Queryable, workspace: string): Promise<string>
  /** The same without making one: undefined where nothing was ever signed or sealed with it. */
  findKey(db: Queryable, workspace: string): Promise<string | undefined>
  /** Gives a workspace another key; how many secrets were sealed anew. */
  changeKey(db: Queryable, change: Parameters<typeof changeWorkspaceKey>[2]): Promise<number>
  readonly jobSecrets: JobSecrets
}

/** Finds or makes the instance's key. Throws `WrongKey` when the database was used with another one. */
export async function openVault(db: Database, keys: SecretKeys = {}): Promise<Vault> {
  const key = await loadInstanceKey(db, keys)
  return {
    sealValue: (tx, text, place) => sealValue(tx, key, text, place),
    openVariable: (tx, row) => openVariable(tx, key, row),
    toPortable: (tx, workspace, text) => toPortable(tx, key, workspace, text),
    fromPortable: (tx, workspace, text) => fromPortable(tx, key, workspace, text),
    readKey: async (tx, workspace) => (await loadWorkspaceKey(tx, key, workspace)).text,
    findKey: async (tx, workspace) => (await findWorkspaceKey(tx, key, workspace))?.text,
    changeKey: (tx, change) => changeWorkspaceKey(tx, key, change),
    jobSecrets: new JobSecrets(db, key),
  }
}
