import type { Connection } from '@millrace/db'
import { readStepResult, stepFailure, type StepFailure } from './checkpoint.ts'
import { keepStep } from './sql/keep-step.ts'

/** What an inline step gave, in the words of the published clients. */
export interface InlineStep {
  readonly key: string
  readonly result?: unknown
  readonly started_at?: string | null | undefined
  readonly duration_ms?: number | null | undefined
}

/** Whether it is kept; of a step that failed, its failure as every later round reads it. */
export type KeptInline =
  | { readonly kind: 'kept'; readonly failure?: StepFailure }
  /** The key stands for something already. */
  | { readonly kind: 'known' }
  | { readonly kind: 'not running' }

/** Keeps what an inline step of a workflow gave, in one commit. */
export async function keepInlineStep(
  connection: Connection,
  { id, workspaceId }: { readonly id: string; readonly workspaceId: string },
  { key, result, started_at: startedAt, duration_ms: durationMs }: InlineStep,
): Promise<KeptInline> {
  const { status, json } = readStepResult(key, result)
  const times = { startedAt: startedAt ?? undefined, durationMs: durationMs ?? undefined }
  const kind = await keepStep(connection, { workspaceId, job: id, key, status, json, ...times })
  if (kind !== 'kept') return { kind }
  return status === 'failure' ? { kind, failure: stepFailure(key, JSON.parse(json)) } : { kind }
}
