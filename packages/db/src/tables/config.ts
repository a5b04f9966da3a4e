import type { Queryable } from '../database.ts'

/** A named configuration; that of a worker group is under `worker__<group>`. */
export interface ConfigRow {
  readonly name: string
  readonly config: Readonly<Record<string, unknown>>
}

/** Every configuration whose name begins with the prefix, by name. */
export async function listConfigs(db: Queryable, prefix: string): Promise<readonly ConfigRow[]> {
  const rows = await db
    .selectFrom('config')
    .select(['name', 'config'])
    .where((eb) => eb(eb.fn('starts_with', ['name', eb.val(prefix)]), '=', true))
    .orderBy('name')
    .execute()
  return rows.map((row) => ({ name: row.name, config: asObject(row.config) }))
}

/** Undefined when there is none of that name. */
export async function findConfig(db: Queryable, name: string): Promise<ConfigRow['config'] | undefined> {
  const row = await db.selectFrom('config').select('config').where('name', '=', name).executeTakeFirst()
  return row && asObject(row.config)
}

/** Makes it or puts it in the place of the one before. */
export async function putConfig(db: Queryable, row: ConfigRow & { readonly changedBy: string }): Promise<void> {
  const { name, changedBy } = row
  const config = JSON.stringify(row.config)
  await db
    .insertInto('config')
    .values({ name, config, changed_by: changedBy })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        config: eb.ref('excluded.config'),
        changed_by: eb.ref('excluded.changed_by'),
        changed_at: eb.fn<Date>('now'),
      })),
    )
    .execute()
}

/** False when there was none. */
export async function deleteConfig(db: Queryable, name: string): Promise<boolean> {
  const deleted = await db.deleteFrom('config').where('name', '=', name).executeTakeFirst()
  return deleted.numDeletedRows === 1n
}

/** The table holds nothing else. */
function asObject(value: unknown): ConfigRow['config'] {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
