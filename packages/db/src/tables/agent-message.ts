import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A conversation of one agent: of a step of a flow, under an id that callers choose. */
export interface Memory {
  readonly workspace: string
  /** The path of the flow, or who tries one out. */
  readonly scope: string
  readonly memoryId: string
  readonly step: string
}

/** What was said last, the oldest first, as JSON texts; `until` is the id of the newest message that counts. */
export async function listMessages(
  db: Queryable,
  { workspace, scope, memoryId, step }: Memory,
  { limit, until }: { readonly limit: number; readonly until: string | undefined },
): Promise<readonly { readonly id: string; readonly message: string }[]> {
  const { rows } = await sql<{ id: string; message: string }>`
    select id::text as id, message from agent_message
    where workspace_id = ${workspace} and scope = ${scope} and memory_id = ${memoryId} and step = ${step}
      and (${until ?? null}::bigint is null or id <= ${until ?? null}::bigint)
    order by id desc limit ${limit}`.execute(db)
  return rows.toReversed()
}

/** Keeps what was said in a run, once however often it is told, and of the conversation no more than the newest `kept` messages. */
export async function keepMessages(
  db: Queryable,
  { workspace, scope, memoryId, step }: Memory,
  { run, messages, kept }: { readonly run: string; readonly messages: readonly string[]; readonly kept: number },
): Promise<void> {
  await sql`
    insert into agent_message (workspace_id, scope, memory_id, step, run, nth, message)
    select ${workspace}, ${scope}, ${memoryId}, ${step}, ${run}, m.nth, m.message
    from unnest(${messages}::text[]) with ordinality as m(message, nth) order by m.nth
    on conflict (workspace_id, scope, memory_id, step, run, nth) do update set message = excluded.message`.execute(db)
  await sql`
    delete from agent_message
    where workspace_id = ${workspace} and scope = ${scope} and memory_id = ${memoryId} and step = ${step} and id < (
      select min(id) from (
        select id from agent_message
        where workspace_id = ${workspace} and scope = ${scope} and memory_id = ${memoryId} and step = ${step}
        order by id desc limit ${kept}) as newest)`.execute(db)
}
