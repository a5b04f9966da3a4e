import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A call of a model or of a tool that an agent has made. */
export interface AgentCallRow {
  readonly id: string
  readonly index: number
  /** Of the first call of the model: what it was told of the tools. */
  readonly raw_code: string | null
  readonly args: string | null
  /** Null while it has not ended. */
  readonly status: string | null
  readonly result: string | null
}

/** Which run of an agent: its step in a frame, and how many runs of it failed before. */
export interface AgentRun {
  readonly workspace: string
  readonly frame: string
  readonly step: string
  readonly failures: number
}

/** The calls of a run of an agent before the one with this index, in the order in which they were asked for. */
export async function listAgentCalls(
  db: Queryable,
  { workspace, frame, step, failures }: AgentRun,
  before: number,
): Promise<readonly AgentCallRow[]> {
  const { rows } = await sql<AgentCallRow>`
    select j.id, j.flow_step_index as index, case when j.flow_step_index = 0 then j.raw_code end as raw_code,
      case when j.flow_step_index = 0 then j.args::text end as args, o.status, job_result_text(o.id) as result
    from job j left join job_outcome o on o.id = j.id
    where j.parent_job = ${frame} and j.flow_step_id = ${step} and j.flow_step_failures = ${failures}
      and j.workspace_id = ${workspace} and j.flow_step_index < ${before}
    order by j.flow_step_index`.execute(db)
  return rows
}

/** The conversation that a run was called with, if it was with one. */
export async function findConversation(db: Queryable, workspace: string, job: string): Promise<string | undefined> {
  const { rows } = await sql<{ memory_id: string | null }>`
    select options->>'memoryId' as memory_id from job where id = ${job} and workspace_id = ${workspace}`.execute(db)
  return rows[0]?.memory_id ?? undefined
}
