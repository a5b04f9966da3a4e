import { Problem } from '@millrace/base/problem'
import { workflows as contract, type WorkflowTask } from '@millrace/contracts'
import { keepInlineStep } from '@millrace/flow'
import { requireScriptJob } from '../flows/workflow-approval.ts'
import { loadWorkflowSteps } from '../flows/workflow-status.ts'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { enqueueCall } from '../jobs/enqueue-call.ts'
import { workflowTaskJob } from '../jobs/workflow-task.ts'

export const workflows = implement(contract, {
  runCodeWorkflowTask: { may: 'job.run', run: (cx, { body, ...call }) => runTask(cx, call, body) },
  runWorkflowTask: { may: 'job.run', run: (cx, { body, ...call }) => runTask(cx, call, body) },
  listWorkflowSteps: {
    may: 'job.read',
    run: (cx, { id }) =>
      cx.snapshot(async (tx) => {
        await requireScriptJob(tx, cx.workspace, id)
        return await loadWorkflowSteps(tx, cx.workspace, id)
      }),
  },
  keepInlineCheckpoint: {
    may: 'workflow.keep_step',
    async run(cx, { id, body }) {
      if (cx.caller.jobId !== id)
        throw new Problem('auth.forbidden', 'Only a workflow itself keeps its steps, with the token of its job.')
      const kept = await keepInlineStep(cx.db.pool, { id, workspaceId: cx.workspace }, body)
      switch (kept.kind) {
        case 'not running':
          throw new Problem('workflow.not_running', `The workflow ${id} does not run any more.`)
        case 'known':
          throw new Problem(
            'workflow.step_known',
            `A step "${body.key}" of this workflow is kept already: it counts once.`,
          )
        case 'kept':
          return kept.failure ? { failure: kept.failure } : {}
      }
    },
  },
})

async function runTask(
  cx: WorkspaceContext,
  {
    id,
    entrypoint,
    query,
  }: { readonly id: string; readonly entrypoint: string; readonly query: { readonly tag?: string | undefined } },
  { args }: WorkflowTask,
): Promise<string> {
  return await enqueueCall(cx, await workflowTaskJob(cx, { id, entrypoint, args, tag: query.tag }))
}
