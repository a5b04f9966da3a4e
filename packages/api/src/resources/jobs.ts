import { Problem } from '@millrace/base/problem'
import { jobs as contract, type Job } from '@millrace/contracts'
import { findArgs, findJob, findJobState, findKeptResult } from '@millrace/db/tables/job'
import { countOutcomes } from '@millrace/db/tables/job-count'
import { readLogToEnd } from '@millrace/db/tables/job-log'
import { countQueue } from '@millrace/db/tables/queued-jobs'
import { loadFlowView } from '../flows/load-flow-status.ts'
import { loadWorkflowStatus } from '../flows/workflow-status.ts'
import { implement, RawJson, type JsonPieces, type WorkspaceContext } from '../http/implement.ts'
import { enqueueCall } from '../jobs/enqueue-call.ts'
import { explainJobs } from '../jobs/explain-jobs.ts'
import { followJob, nextUpdate } from '../jobs/follow-job.ts'
import { lendForPoll } from '../jobs/lend-slot.ts'
import { listJobs, requireAll } from '../jobs/list-jobs.ts'
import { batchJob } from '../jobs/batch-job.ts'
import { previewJob, scriptJob } from '../jobs/new-job.ts'
import { pickHeaders, readArgs } from '../jobs/read-args.ts'
import { findEnd, sendResult } from '../jobs/read-result.ts'
import { toWholeJob } from '../jobs/to-job.ts'
import { runAndStream } from '../jobs/run-and-stream.ts'
import { runAndWait } from '../jobs/wait-result.ts'

/** The command line asks for the whole queue at once. */
const QUEUE_PER_PAGE_MAX = 100_000

export const jobs = implement(contract, {
  runScriptByPath: {
    may: 'job.run',
    run: async (cx, { path, query, body }) =>
      await enqueueCall(cx, await scriptJob(cx, { path }, query, readArgs(cx.request, query, body))),
  },
  runScriptByHash: {
    may: 'job.run',
    run: async (cx, { hash, query, body }) =>
      await enqueueCall(cx, await scriptJob(cx, { hash }, query, readArgs(cx.request, query, body))),
  },
  runWaitResultScriptByPath: {
    may: 'job.run',
    run: async (cx, { path, query, body }) =>
      await runAndWait(cx, await scriptJob(cx, { path }, query, readArgs(cx.request, query, body)), query),
  },
  runWaitResultScriptByPathGet: {
    may: 'job.run',
    run: async (cx, { path, query }) =>
      await runAndWait(cx, await scriptJob(cx, { path }, query, readArgs(cx.request, query, undefined)), query),
  },
  runWaitResultScriptByHash: {
    may: 'job.run',
    run: async (cx, { hash, query, body }) =>
      await runAndWait(cx, await scriptJob(cx, { hash }, query, readArgs(cx.request, query, body)), query),
  },
  runAndStreamScriptByPath: {
    may: 'job.run',
    run: async (cx, { path, query, body }) =>
      runAndStream(cx, await scriptJob(cx, { path }, query, readArgs(cx.request, query, body)), query),
  },
  runAndStreamScriptByPathGet: {
    may: 'job.run',
    run: async (cx, { path, query }) =>
      runAndStream(cx, await scriptJob(cx, { path }, query, readArgs(cx.request, query, undefined)), query),
  },
  runAndStreamScriptByHash: {
    may: 'job.run',
    run: async (cx, { hash, query, body }) =>
      runAndStream(cx, await scriptJob(cx, { hash }, query, readArgs(cx.request, query, body)), query),
  },
  runAndStreamScriptByHashGet: {
    may: 'job.run',
    run: async (cx, { hash, query }) =>
      runAndStream(cx, await scriptJob(cx, { hash }, query, readArgs(cx.request, query, undefined)), query),
  },
  runScriptPreview: {
    may: 'job.preview',
    run: async (cx, { query, body }) =>
      await enqueueCall(cx, await previewJob(cx, body, query, pickHeaders(cx.request, query.include_header))),
  },
  runScriptPreviewAndWaitResult: {
    may: 'job.preview',
    run: async (cx, { query, body }) =>
      await runAndWait(cx, await previewJob(cx, body, query, pickHeaders(cx.request, query.include_header)), query),
  },
  addBatchJobs: {
    may: 'job.preview',
    async run(cx, { n, body }) {
      const job = await batchJob(cx, body)
      return [...(await cx.queue.enqueue(Array.from({ length: n }, () => job)))]
    },
  },
  listJobs: { may: 'job.read', run: (cx, { query }) => listJobs(cx, query, { queued: true, finished: true }) },
  listQueue: {
    may: 'job.read',
    async run(cx, { query }) {
      const found = await listJobs(cx, query, { queued: true, finished: false, perPageMax: QUEUE_PER_PAGE_MAX })
      return found.filter((job) => job.type === 'QueuedJob')
    },
  },
  listCompletedJobs: {
    may: 'job.read',
    async run(cx, { query }) {
      const found = await listJobs(cx, query, { queued: false, finished: true })
      return found.filter((job) => job.type === 'CompletedJob')
    },
  },
  getQueueCount: {
    may: 'job.read',
    async run(cx, { query }) {
      const tags = query.tags?.split(',').filter(Boolean)
      const { all, suspended } = query.all_workspaces
        ? await countQueue(cx.db.kysely, requireAll(cx), tags)
        : await cx.inside((tx) => countQueue(tx, cx.workspace, tags))
      return { database_length: all, suspended }
    },
  },
  getCompletedCount: {
    may: 'job.read',
    async run(cx, { query }) {
      const tags = query.tags?.split(',').filter(Boolean)
      return { database_length: await cx.inside((tx) => countOutcomes(tx, cx.workspace, tags)) }
    },
  },
  getJob: { may: 'job.read', run: (cx, { id, query }) => loadJob(cx, id, query) },
  getCompletedJob: {
    may: 'job.read',
    async run(cx, { id }) {
      const job = await loadJob(cx, id, {})
      return job.type === 'CompletedJob' ? job : missing(id)
    },
  },
  getCompletedJobResult: {
    may: 'job.read',
    async run(cx, { id }) {
      return sendResult(cx, id, (await findEnd(cx, id)) ?? missing(id))
    },
  },
  getCompletedJobResultMaybe: { may: 'job.read', run: (cx, { id }) => resultMaybe(cx, id) },
  getCompletedJobTiming: {
    may: 'job.read',
    async run(cx, { id }) {
      const row = (await cx.inside((tx) => findJobState(tx, cx.workspace, id))) ?? missing(id)
      return {
        created_at: row.created_at.toISOString(),
        ...(row.started_at && { started_at: row.started_at.toISOString() }),
        ...(row.duration_ms !== null && { duration_ms: row.duration_ms }),
      }
    },
  },
  getJobUpdates: { may: 'job.read', run: (cx, { id, query }) => nextUpdate(cx, id, query) },
  getJobUpdatesSse: { may: 'job.read', run: (cx, { id, query }) => followJob(cx, id, query) },
  getJobLogs: {
    may: 'job.read',
    run: async (cx, { id }) =>
      await cx.inside(async (tx) => {
        if (!(await findJobState(tx, cx.workspace, id))) missing(id)
        return (await readLogToEnd(tx, { workspace: cx.workspace, jobId: id }, 0)).text
      }),
  },
  getJobArgs: {
    may: 'job.read',
    async run(cx, { id }) {
      const found = await cx.inside((tx) => findArgs(tx, cx.workspace, id))
      return new RawJson((found ?? missing(id)).args ?? '{}')
    },
  },
  getRootJobId: {
    may: 'job.read',
    async run(cx, { id }) {
      const row = (await cx.inside((tx) => findJobState(tx, cx.workspace, id))) ?? missing(id)
      return row.root_job ?? row.id
    },
  },
  cancelQueuedJob: { may: 'job.cancel', run: (cx, { id, body }) => cancel(cx, id, body?.reason, false) },
  forceCancelQueuedJob: { may: 'job.cancel', run: (cx, { id, body }) => cancel(cx, id, body?.reason, true) },
})

async function loadJob(
  cx: WorkspaceContext,
  id: string,
  query: { readonly no_logs?: boolean | undefined; readonly no_code?: boolean | undefined },
): Promise<Job> {
  return await cx.snapshot(async (tx) => {
    const row = (await findJob(tx, cx.workspace, id)) ?? missing(id)
    const logs = query.no_logs ? {} : { logs: (await readLogToEnd(tx, { workspace: cx.workspace, jobId: id }, 0)).text }
    const { raw_flow, ...flow } = await loadFlowView(tx, row)
    const job = {
      ...toWholeJob(row, { noCode: query.no_code, ...logs }),
      ...flow,
      ...(!query.no_code && raw_flow && { raw_flow }),
      ...(await loadWorkflowStatus(tx, row)),
    }
    const [explained = job] = await explainJobs(cx, tx, [job], cx.workspace)
    return explained
  })
}

/** `started` and `success` are always told: the Python client reads them before it looks whether the job has ended. */
async function resultMaybe(cx: WorkspaceContext, id: string): Promise<RawJson | JsonPieces> {
  const [row, kept] = await cx.snapshot(async (tx) => [
    await findJobState(tx, cx.workspace, id),
    await findKeptResult(tx, cx.workspace, id),
  ])
  if (!row) missing(id)
  if (!kept) {
    await lendForPoll(cx, id)
    const started = row.state === 'running' || row.status !== null
    return new RawJson(JSON.stringify({ completed: false, result: null, started, success: false }))
  }
  const success = kept.status === 'success' || kept.status === 'skipped'
  const facts = JSON.stringify({ completed: true, success, started: true })
  return sendResult(cx, id, kept, { before: `${facts.slice(0, -1)},"result":`, after: '}' })
}

async function cancel(
  cx: WorkspaceContext,
  id: string,
  reason: string | null | undefined,
  force: boolean,
): Promise<string> {
  const by = cx.member.username
  const { asked, ended } = await cx.queue.requestCancel({
    workspaceId: cx.workspace,
    ids: [id],
    by,
    ...(reason && { reason }),
    force,
  })
  if (asked.includes(id) || ended.includes(id)) return id
  if (!(await cx.inside((tx) => findJobState(tx, cx.workspace, id)))) missing(id)
  throw new Problem('job.not_pending', `The job ${id} has already ended.`)
}

function missing(id: string): never {
  throw new Problem(
    'job.not_found',
    `There is no job ${id} in this workspace, or it has not ended where an ended one is asked for.`,
  )
}
