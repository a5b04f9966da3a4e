import { Problem } from '@millrace/base/problem'
import type { Job } from '@millrace/contracts'
import { findJob } from '@millrace/db/tables/job'
import type { WorkspaceContext } from '../http/implement.ts'
import { toWholeJob } from '../jobs/to-job.ts'
import { loadFlowView } from './load-flow-status.ts'

/** A run and the newest job of each of its steps, by their ids; throws `job.not_found` and `flow_run.not_found`. */
export async function loadDebugInfo(cx: WorkspaceContext, id: string): Promise<Readonly<Record<string, Job>>> {
  return await cx.snapshot(async (tx) => {
    const row = await findJob(tx, cx.workspace, id)
    if (!row) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
    const view = await loadFlowView(tx, row)
    const { flow_status: status } = view
    if (!status) throw new Problem('flow_run.not_found', `The job ${id} is no run of a flow.`)
    const { preprocessor_module: preprocessor, failure_module: failure } = status
    const found: Record<string, Job> = { [id]: { ...toWholeJob(row, {}), ...view } }
    for (const module of [preprocessor, ...status.modules, failure]) {
      const step = module?.job === undefined ? undefined : await findJob(tx, cx.workspace, module.job)
      if (step) found[step.id] = toWholeJob(step, {})
    }
    return found
  })
}
