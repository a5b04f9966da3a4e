import { Problem } from '@millrace/base/problem'
import { workflows as contract } from '@millrace/contracts'
import { keepInlineStep } from '@millrace/flow'
import { implement } from '../http/implement.ts'

export const workflows = implement(contract, {
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
