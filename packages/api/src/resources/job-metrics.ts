import { Problem } from '@millrace/base/problem'
import { jobMetrics as contract } from '@millrace/contracts'
import { findEndedStep, findJobState, findKeptResult } from '@millrace/db/tables/job'
import { findJobProgress, putJobProgress } from '@millrace/db/tables/job-progress'
import { implement } from '../http/implement.ts'
import { sendResult } from '../jobs/read-result.ts'

export const jobMetrics = implement(contract, {
  setJobProgress: {
    may: 'job.report',
    async run(cx, { id, body }) {
      const percent = Math.min(100, Math.max(0, Math.floor(body.percent ?? 0)))
      await cx.inside(async (tx) => {
        if (!(await findJobState(tx, cx.workspace, id))) missing(id)
        await putJobProgress(tx, cx.workspace, id, percent)
      })
      return null
    },
  },
  getJobProgress: {
    may: 'job.read',
    run: (cx, { id }) =>
      cx.snapshot(async (tx) => {
        if (!(await findJobState(tx, cx.workspace, id))) missing(id)
        return (await findJobProgress(tx, cx.workspace, id)) ?? null
      }),
  },
  resultById: {
    may: 'job.read',
    async run(cx, { flow_job_id: flow, node_id: node }) {
      const ended = await cx.snapshot(async (tx) => {
        const id = await findEndedStep(tx, cx.workspace, { flow, node })
        const kept = id === undefined ? undefined : await findKeptResult(tx, cx.workspace, id)
        return id !== undefined && kept ? { id, kept } : undefined
      })
      if (ended) return sendResult(cx, ended.id, ended.kept)
      throw new Problem('job.not_found', `The job ${flow} has no step ${node.slice(0, 300)} that has ended.`)
    },
  },
})

function missing(id: string): never {
  throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
}
