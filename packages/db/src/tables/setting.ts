import type { Queryable } from '../database.ts'

/** The values of these settings of the instance, by key; those that were never set are missing. */
export async function loadSettings(db: Queryable, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const rows = await db.selectFrom('setting').select(['key', 'value']).where('key', 'in', keys).execute()
  return new Map(rows.map(({ key, value }) => [key, value]))
}

/** Sets it; undefined and null take it back to its default. */
export async function putSetting(db: Queryable, key: string, value: unknown, changedBy: string): Promise<void> {
  if (value === undefined || value === null) {
    await db.deleteFrom('setting').where('key', '=', key).execute()
    return
  }
  await db
    .insertInto('setting')
    .values({ key, value: JSON.stringify(value), changed_by: changedBy })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        changed_by: eb.ref('excluded.changed_by'),
        changed_at: eb.fn<Date>('now'),
      })),
    )
    .execute()
}
