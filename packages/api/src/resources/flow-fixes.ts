import { Problem } from '@millrace/base/problem'
import { ChangedPart, flowFixes as contract } from '@millrace/contracts'
import { listFlowFixes } from '@millrace/db/tables/flow-fix'
import { findJobState } from '@millrace/db/tables/job'
import { fixRun, loadFailure } from '../flows/fix-run.ts'
import { implement } from '../http/implement.ts'

export const flowFixes = implement(contract, {
  fixFlowRun: { may: 'flow.fix', run: (cx, { id, body }) => fixRun(cx, id, body) },
  getFlowFailure: { may: 'job.read', run: (cx, { id }) => loadFailure(cx, id) },
  listFlowFixes: {
    may: 'job.read',
    run: async (cx, { id }) =>
      await cx.snapshot(async (tx) => {
        if (!(await findJobState(tx, cx.workspace, id)))
          throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
        const rows = await listFlowFixes(tx, cx.workspace, id)
        return rows.map(({ run_id: run, reason, changes, at, ...row }) => ({
          ...row,
          run,
          at: at.toISOString(),
          ...(reason !== null && { reason }),
          changes: ChangedPart.array().parse(changes),
        }))
      }),
  },
})
