import { sql, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { FlowConversationTable } from '../schema.generated.ts'

/** What the place of a message in its conversation is: microseconds since 1970. */
const seqOf = (column: string) => sql<string>`(date_part('epoch', ${sql.ref(column)}) * 1000000)::bigint`

export type FlowConversationRow = Selectable<FlowConversationTable>

/** A conversation, and the run that it waits for. */
export interface ListedConversation extends FlowConversationRow {
  readonly running_job: string | null
  readonly running_seq: string | null
}

/** Who speaks with which flow. */
export interface Turn {
  readonly workspace: string
  readonly conversation: string
  readonly flowPath: string
  readonly person: string
  readonly isTest: boolean
  readonly title: string | null
  readonly jobId: string
}

/** What came of the wish to say something. */
export type TurnBegun = 'begun' | 'known' | 'busy' | 'of another flow or person'

/**
 * Begins a turn, and the conversation with the first one, unless the last one has not ended: its run is in the queue, or is being asked
 * for. Calls wait for each other at the row of the conversation. One that is repeated with its job's id finds its turn.
 */
export async function beginTurn(db: Queryable, turn: Turn): Promise<TurnBegun> {
  const { workspace, conversation, flowPath, person, isTest, title, jobId } = turn
  const { rows } = await sql`
    insert into flow_conversation as c (workspace_id, id, flow_path, title, created_by, is_test)
    values (${workspace}, ${conversation}, ${flowPath}, ${title}, ${person}, ${isTest})
    on conflict (workspace_id, id) do update set updated_at = clock_timestamp()
    where c.flow_path = excluded.flow_path and c.created_by = excluded.created_by and c.is_test = excluded.is_test
    returning 1`.execute(db)
  if (rows.length === 0) return 'of another flow or person'
  const known = await sql`
    select from flow_conversation_turn
    where workspace_id = ${workspace} and conversation_id = ${conversation} and job_id = ${jobId}`.execute(db)
  if (known.rows.length > 0) return 'known'
  const busy = await sql`
    select from flow_conversation_turn t
    where t.workspace_id = ${workspace} and t.conversation_id = ${conversation} and (
      exists (select from job_queue q where q.id = t.job_id)
      or (t.begun_at > clock_timestamp() - interval '10 seconds' and not exists (select from job j where j.id = t.job_id)))
    limit 1`.execute(db)
  if (busy.rows.length > 0) return 'busy'
  await db
    .insertInto('flow_conversation_turn')
    .values({ workspace_id: workspace, conversation_id: conversation, job_id: jobId })
    .execute()
  return 'begun'
}

/** A turn whose run could not be asked for. */
export async function dropTurn(db: Queryable, { workspace, conversation, jobId }: Turn): Promise<void> {
  await db
    .deleteFrom('flow_conversation_turn')
    .where('workspace_id', '=', workspace)
    .where('conversation_id', '=', conversation)
    .where('job_id', '=', jobId)
    .execute()
}

/** Which conversations of a person. */
export interface ConversationFilter {
  readonly person: string
  readonly flowPath: string | undefined
  readonly isTest: boolean | undefined
  readonly limit: number
  readonly offset: number
}

/** The one that was last spoken in first. */
export async function listConversations(
  db: Queryable,
  workspace: string,
  { person, flowPath, isTest, limit, offset }: ConversationFilter,
): Promise<readonly ListedConversation[]> {
  return await db
    .selectFrom('flow_conversation as c')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('flow_conversation_turn as t')
          .innerJoin('job_queue as q', 'q.id', 't.job_id')
          .whereRef('t.workspace_id', '=', 'c.workspace_id')
          .whereRef('t.conversation_id', '=', 'c.id')
          .select(['t.job_id as running_job', seqOf('t.begun_at').as('running_seq')])
          .limit(1)
          .as('turn'),
      (join) => join.onTrue(),
    )
    .selectAll('c')
    .select(['turn.running_job', 'turn.running_seq'])
    .where('c.workspace_id', '=', workspace)
    .where('c.created_by', '=', person)
    .$if(flowPath !== undefined, (query) => query.where('c.flow_path', '=', flowPath ?? ''))
    .$if(isTest !== undefined, (query) => query.where('c.is_test', '=', isTest === true))
    .orderBy('c.updated_at', 'desc')
    .orderBy('c.id')
    .limit(limit)
    .offset(offset)
    .execute()
}

/** Which conversation, of whom. */
export interface ConversationPlace {
  readonly workspace: string
  readonly conversation: string
  readonly person: string
}

/** False where the person has none with this id. */
export async function hasConversation(db: Queryable, place: ConversationPlace): Promise<boolean> {
  const query = db.selectFrom('flow_conversation').select('id').where('workspace_id', '=', place.workspace)
  const row = await query.where('id', '=', place.conversation).where('created_by', '=', place.person).executeTakeFirst()
  return row !== undefined
}

/** False where the person has none with this id. */
export async function renameConversation(db: Queryable, place: ConversationPlace, title: string): Promise<boolean> {
  const query = db.updateTable('flow_conversation').set({ title }).where('workspace_id', '=', place.workspace)
  const { numUpdatedRows } = await query
    .where('id', '=', place.conversation)
    .where('created_by', '=', place.person)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False where the person has none with this id. */
export async function deleteConversation(db: Queryable, place: ConversationPlace): Promise<boolean> {
  const query = db.deleteFrom('flow_conversation').where('workspace_id', '=', place.workspace)
  const { numDeletedRows } = await query
    .where('id', '=', place.conversation)
    .where('created_by', '=', place.person)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** What somebody said in a turn. */
export interface MessageRow {
  readonly job_id: string
  /** Null: it is the user's. */
  readonly status: string | null
  /** What the user said. */
  readonly said: string | null
  /** JSON text of the result. */
  readonly result: string | null
  /** The result is too long to be kept in one piece. */
  readonly is_long: boolean
  readonly at: Date
  readonly seq: string
}

/** In the order in which they were said: the first ones after a place, or a page counted from the last one. */
export async function listMessages(
  db: Queryable,
  { workspace, conversation }: Pick<ConversationPlace, 'workspace' | 'conversation'>,
  {
    afterSeq,
    limit,
    offset,
  }: { readonly afterSeq: number | undefined; readonly limit: number; readonly offset: number },
): Promise<readonly MessageRow[]> {
  const isForward = afterSeq !== undefined
  const { rows } = await sql<MessageRow>`
    with said as (
      select t.job_id, null as status, j.args->>'user_message' as said, null as result, false as is_long, t.begun_at as at
      from flow_conversation_turn t join job j on j.id = t.job_id
      where t.workspace_id = ${workspace} and t.conversation_id = ${conversation}
      union all
      select t.job_id, o.status, null, o.result::text, o.result_pieces is not null, o.finished_at
      from flow_conversation_turn t join job_outcome o on o.id = t.job_id
      where t.workspace_id = ${workspace} and t.conversation_id = ${conversation}
    ), numbered as (
      select *, ${seqOf('at')} as seq from said
    )
    select * from numbered where ${isForward ? sql`seq > ${afterSeq}` : sql`true`}
    order by seq ${isForward ? sql`asc` : sql`desc`}, status nulls first limit ${limit} offset ${offset}`.execute(db)
  return isForward ? rows : rows.toReversed()
}
