import { Problem } from '@millrace/base/problem'
import type { BatchJobs } from '@millrace/contracts'
import type { NewJob } from '@millrace/queue'
import { flowJob, flowPreviewJob } from '../flows/flow-job.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { jobBase, NOOP, previewJob, scriptJob, tagOf } from './new-job.ts'

/** The job that a batch repeats. */
export async function batchJob(cx: WorkspaceContext, batch: BatchJobs): Promise<NewJob> {
  const tag = batch.tag || undefined
  if (batch.kind === 'noop') return { ...jobBase(cx, {}), kind: 'noop', tag: await tagOf(cx, tag, { kind: NOOP }, {}) }
  const query = tag === undefined ? {} : { tag }
  if (batch.kind === 'script') {
    if (!batch.path) throw new Problem('request.invalid', 'A batch of kind "script" needs its "path".')
    return await scriptJob(cx, { path: batch.path }, query, {})
  }
  if (batch.kind === 'flow') {
    if (batch.flow_value) return await flowPreviewJob(cx, { value: batch.flow_value, path: batch.path }, query, {})
    if (!batch.path) throw new Problem('request.invalid', 'A batch of kind "flow" needs "path" or "flow_value".')
    return await flowJob(cx, { path: batch.path }, query, {})
  }
  if (!batch.rawscript) throw new Problem('request.invalid', 'A batch of kind "rawscript" needs "rawscript".')
  return await previewJob(cx, batch.rawscript, query, {})
}
