import type { Connection } from '@millrace/db'

/** An inline step that is over. */
export interface KeptStep {
  readonly workspaceId: string
  /** The workflow's job. */
  readonly job: string
  readonly key: string
  readonly startedAt: string | undefined
  readonly durationMs: number | undefined
  readonly status: 'success' | 'failure'
  /** JSON text. */
  readonly json: string
}

/** Keeps what an inline step gave, while its workflow runs; `known`: the key stands for something already. */
export async function keepStep(
  connection: Connection,
  { job, workspaceId, key, startedAt, durationMs, status, json }: KeptStep,
): Promise<'kept' | 'known' | 'not running'> {
  const { rows } = await connection.query<{ did: 'kept' | 'known' | 'not running' }>({
    name: 'keep-workflow-step',
    text: 'select keep_workflow_step($1, $2, $3, $4, $5, $6, $7) as did',
    values: [job, workspaceId, key, startedAt ?? null, durationMs ?? null, status, json],
  })
  return rows[0]?.did ?? 'not running'
}
