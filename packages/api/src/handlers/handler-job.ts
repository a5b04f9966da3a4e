import { newId } from '@millrace/base/ids'
import { inWorkspace } from '@millrace/db'
import type { NewJob } from '@millrace/queue'
import type { HandlerRow } from '@millrace/db/tables/handler'
import { flowJob } from '../flows/flow-job.ts'
import { scriptJob, type JobMaker } from '../jobs/new-job.ts'
import type { Telling } from './choose-handlers.ts'

/** A job with an id, as it is written with what it belongs to. */
export type HandlerJob = NewJob & { readonly id: string }

/** What making them takes. */
export type HandlerTools = Pick<JobMaker, 'db' | 'queue' | 'tagSettings'>

/**
 * The job that tells a handler, in the name of who chose it; it says which job it is about, so that nobody is told of its own end.
 * Throws `script.not_found` and `flow.not_found`.
 */
export async function handlerJob(tools: HandlerTools, { handler, args, end }: Telling): Promise<HandlerJob> {
  const maker = makerFor(tools, handler)
  const { path } = handler
  const job =
    handler.kind === 'flow' ? await flowJob(maker, { path }, {}, args) : await scriptJob(maker, { path }, {}, args)
  return { ...job, id: newId(), options: { ...job.options, handles: end.job_id } }
}

function makerFor(tools: HandlerTools, handler: HandlerRow): JobMaker {
  const { workspace_id: workspace, username, email } = handler
  return {
    ...tools,
    workspace,
    member: { username },
    caller: { email, via: 'job' },
    inside: (work) => inWorkspace(tools.db, workspace, work),
  }
}
