import type { Connection, Queryable } from '../database.ts'

/** Keeps the value of a flow (JSON text) under its hash. */
export async function keepFlowDefinition(
  db: Queryable,
  workspace: string,
  { hash, value }: { readonly hash: string; readonly value: string },
): Promise<void> {
  await db
    .insertInto('flow_definition')
    .values({ workspace_id: workspace, hash, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The value of a flow as JSON text, by its hash. */
export async function findFlowDefinition(
  connection: Connection,
  workspace: string,
  hash: string,
): Promise<string | undefined> {
  const { rows } = await connection.query<{ value: string }>({
    name: 'flow-definition',
    text: 'select value::text as value from flow_definition where workspace_id = $1 and hash = $2',
    values: [workspace, hash],
  })
  return rows[0]?.value
}
