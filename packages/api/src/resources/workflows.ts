import { Problem } from '@millrace/base/problem'
import { workflows as contract } from '@millrace/contracts'
import { keepStep, readStepResult, stepFailure } from '@millrace/flow'
import { implement } from '../http/implement.ts'

export const workflows = implement(contract, {
  keepInlineCheckpoint: {
    may: 'workflow.keep_step',
    async run(cx, { id, body }) {
      if (cx.caller.jobId !== id)
        throw new Problem('auth.forbidden', 'Only a workflow itself keeps its steps, with the token of its job.')
      const { key, result, started_at: startedAt, duration_ms: durationMs } = body
      const { status, json } = readStepResult(key, result)
      const times = { startedAt: startedAt ?? undefined, durationMs: durationMs ?? undefined }
      const did = await keepStep(cx.db.pool, { workspaceId: cx.workspace, job: id, key, status, json, ...times })
      if (did === 'not running') throw new Problem('workflow.not_running', `The workflow ${id} does not run any more.`)
      if (did === 'known')
        throw new Problem('workflow.step_known', `A step "${key}" of this workflow is kept already: it counts once.`)
      return status === 'failure' ? { failure: stepFailure(key, JSON.parse(json)) } : {}
    },
  },
})
