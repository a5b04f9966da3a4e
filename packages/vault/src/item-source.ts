import type { Queryable } from '@millrace/db'
import { findResource } from '@millrace/db/tables/resource'
import { findVariable } from '@millrace/db/tables/variable'
import { InterpolationError, type ItemSource } from './interpolate.ts'
import { mayReadItem, type ItemUser } from './item-access.ts'
import type { Vault } from './open-vault.ts'
import { UnreadableSecret } from './seal.ts'

/** Whose eyes, and who must hear of secrets before they are given out. */
export interface SourceOptions {
  readonly db: Queryable
  readonly vault: Vault
  readonly workspace: string
  readonly user: ItemUser
  readonly onSecret: ((value: string) => Promise<void>) | undefined
}

/** The items of a workspace as a member sees them. */
export function itemSource({ db, vault, workspace, user, onSecret }: SourceOptions): ItemSource {
  const require = (kind: string, path: string) => {
    if (!mayReadItem(user, path))
      throw new InterpolationError(
        `the ${kind} ${path} is not ${user.username}'s to see: ask its owner or an administrator`,
      )
  }
  return {
    async variable(path) {
      require('variable', path)
      const row = await findVariable(db, workspace, path)
      if (!row) throw new InterpolationError(`there is no variable ${path} in this workspace`)
      const { value, isSecret } = await vault.openVariable(db, row).catch((error: unknown) => {
        if (!(error instanceof UnreadableSecret)) throw error
        throw new InterpolationError(`the secret ${path} cannot be read (${error.message}): write it again`)
      })
      if (isSecret) await onSecret?.(value)
      return value
    },
    async resource(path) {
      require('resource', path)
      const row = await findResource(db, workspace, path)
      if (!row) throw new InterpolationError(`there is no resource ${path} in this workspace`)
      return JSON.parse(row.value ?? 'null') as unknown
    },
  }
}
