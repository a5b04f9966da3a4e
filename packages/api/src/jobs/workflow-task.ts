import { Problem } from '@millrace/base/problem'
import { findJob } from '@millrace/db/tables/job'
import type { NewJob } from '@millrace/queue'
import { requireScriptJob } from '../flows/workflow-approval.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { previewJob, scriptJob } from './new-job.ts'

/** The argument by which wrappers call another function than `main`. */
const ENTRYPOINT = '_ENTRYPOINT_OVERRIDE'

/** A function of a script to be run as a job of its own. */
export interface WorkflowTaskCall {
  /** The job of the script. */
  readonly id: string
  readonly entrypoint: string
  readonly args: Readonly<Record<string, unknown>>
  readonly tag: string | undefined
}

/** The job of a function, below that of its script, which alone may ask for it. Throws `job.not_found`, `auth.forbidden` and `workflow.not_one`. */
export async function workflowTaskJob(
  cx: WorkspaceContext,
  { id, entrypoint, args, tag }: WorkflowTaskCall,
): Promise<NewJob> {
  const row = await cx.inside(async (tx) => {
    await requireScriptJob(tx, cx.workspace, id)
    return await findJob(tx, cx.workspace, id)
  })
  if (!row) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
  if (cx.caller.jobId !== id)
    throw new Problem('auth.forbidden', 'Only a script itself runs its functions as jobs, with the token of its job.')
  const given = { ...args, [ENTRYPOINT]: entrypoint }
  const query = { tag: tag ?? row.tag }
  const source = { content: row.raw_code, language: row.language, path: row.script_path }
  const job =
    row.script_hash === null
      ? await previewJob(cx, source, query, given)
      : await scriptJob(cx, { hash: row.script_hash }, query, given)
  return { ...job, parentJob: id, rootJob: row.root_job ?? id }
}
