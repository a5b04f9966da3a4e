import { createHash } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import type { WorkspaceTransaction } from '@millrace/db'
import { findJobState } from '@millrace/db/tables/job'
import type { Waiting } from './find-waiting.ts'

/** Numbers of answers from here on stand for one approval of a workflow; smaller ones are anybody's. */
const BOUND = 2 ** 32
/** Kinds of jobs that may be workflows as code. */
export const SCRIPT_KINDS: ReadonlySet<string> = new Set(['script', 'preview'])

/** The number of the answer to an approval of a workflow, the same for each address to it. */
export function approvalNumber(key: string): number {
  return BOUND + createHash('sha256').update(key).digest().readUInt32BE(0)
}

/** Throws `approval.not_waiting` where an answer is to another approval than the one that waits. */
export function requireApproval({ module }: Waiting, resumeId: number): void {
  if (resumeId < BOUND || resumeId === approvalNumber(module)) return
  throw new Problem(
    'approval.not_waiting',
    `This address answers another approval than "${module}", which the workflow waits for: it has gone on, or has not come to it.`,
  )
}

/** Throws `job.not_found` and `workflow.not_one`. */
export async function requireScriptJob(tx: WorkspaceTransaction, workspace: string, id: string): Promise<void> {
  const job = await findJobState(tx, workspace, id)
  if (!job) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
  if (SCRIPT_KINDS.has(job.kind)) return
  throw new Problem(
    'workflow.not_one',
    `The job ${id} runs no script, so it is no workflow: give the id of a run of one.`,
  )
}
