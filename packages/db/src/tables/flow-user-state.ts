import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Keeps a value (JSON text) under a key of a run of a flow. */
export async function setFlowUserState(
  db: Queryable,
  workspace: string,
  { flowJob, key, value }: { readonly flowJob: string; readonly key: string; readonly value: string },
): Promise<void> {
  await sql`
    insert into flow_user_state (workspace_id, flow_job, key, value) values (${workspace}, ${flowJob}, ${key}, ${value}::json)
    on conflict (flow_job, key) do update set value = excluded.value, updated_at = now()
    where flow_user_state.workspace_id = excluded.workspace_id`.execute(db)
}

/** The values of a run of a flow as JSON texts, by key. */
export async function loadFlowUserStates(
  db: Queryable,
  workspace: string,
  flowJob: string,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ key: string; value: string }>`
    select key, value::text as value from flow_user_state
    where workspace_id = ${workspace} and flow_job = ${flowJob} order by key`.execute(db)
  return new Map(rows.map((row) => [row.key, row.value]))
}
