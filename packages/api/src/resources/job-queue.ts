import { Readable } from 'node:stream'
import { Problem } from '@millrace/base/problem'
import { jobQueue as contract } from '@millrace/contracts'
import { findJobState } from '@millrace/db/tables/job'
import { countDueBefore, listQueuedIds, loadStartTimes } from '@millrace/db/tables/queued-jobs'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { explainJob } from '../jobs/explain-jobs.ts'
import { listJobIds, requireAll } from '../jobs/list-jobs.ts'
import { rerunJobs } from '../jobs/rerun-jobs.ts'

/** Positions are told up to here. */
const POSITION_MAX = 100_000
const CANCEL_MAX = 100_000

export const jobQueue = implement(contract, {
  whyWaiting: {
    may: 'job.read',
    run: async (cx, { id }) => (await explainJob(cx, id)) ?? (await refuse(cx, id)),
  },
  cancelSelection: {
    may: 'job.cancel',
    async run(cx, { query, body }) {
      const workspaceId = query.all_workspaces ? requireAll(cx) : cx.workspace
      const force = query.force_cancel === true
      const { asked, ended } = await cx.queue.requestCancel({ workspaceId, ids: body, by: cx.member.username, force })
      return [...asked, ...ended]
    },
  },
  cancelPersistentQueuedJobs: {
    may: 'job.cancel',
    async run(cx, { path, body }) {
      const ids = await cx.inside((tx) =>
        listQueuedIds(tx, {
          workspace: cx.workspace,
          conditions: [{ column: 'script_path', test: 'in', values: [path] }],
          limit: CANCEL_MAX,
          offset: 0,
          ascending: false,
        }),
      )
      const reason = body?.reason ?? undefined
      const wish = { workspaceId: cx.workspace, ids, by: cx.member.username, reason }
      const { asked, ended } = await cx.queue.requestCancel(wish)
      return `canceled ${asked.length + ended.length} jobs of ${path}`
    },
  },
  runQueuedJobNow: {
    may: 'job.run_now',
    async run(cx, { id }) {
      if (await cx.queue.runNow(cx.workspace, id)) return id
      const row = await requireUnfinished(cx, id)
      throw new Problem(
        'job.not_scheduled',
        `The job ${id} is not due later, it is ${row.state}: see jobs/why_waiting/${id} for what it waits for.`,
      )
    },
  },
  getQueuePosition: {
    may: 'job.read',
    async run(cx, { scheduled_for: at }) {
      const count = await cx.inside((tx) => countDueBefore(tx, cx.workspace, new Date(at), POSITION_MAX))
      return { position: count + 1 }
    },
  },
  getScheduledFor: {
    may: 'job.read',
    async run(cx, { id }) {
      const row = await cx.inside((tx) => findJobState(tx, cx.workspace, id))
      if (!row?.due_at) throw new Problem('job.not_found', `There is no unfinished job ${id} in this workspace.`)
      return row.due_at.getTime()
    },
  },
  getStartedAtByIds: {
    may: 'job.read',
    async run(cx, { body }) {
      const times = await cx.inside((tx) => loadStartTimes(tx, cx.workspace, body))
      return body.map((id) => times.get(id)?.toISOString() ?? null)
    },
  },
  listFilteredJobsUuids: {
    may: 'job.read',
    run: (cx, { query }) => listJobIds(cx, query, { queued: true, finished: true }),
  },
  listFilteredQueueUuids: {
    may: 'job.read',
    run: (cx, { query }) => listJobIds(cx, query, { queued: true, finished: false }),
  },
  batchReRunJobs: {
    may: 'job.run',
    run: (cx, { body }) => ({
      status: 200,
      headers: {},
      contentType: 'text/plain; charset=utf-8',
      body: Readable.from(rerunJobs(cx, body)),
    }),
  },
})

/** A job that has not ended; throws `job.not_found` or `job.not_pending`. */
async function requireUnfinished(cx: WorkspaceContext, id: string) {
  const row = await cx.inside((tx) => findJobState(tx, cx.workspace, id))
  if (!row) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
  if (row.state === null) throw new Problem('job.not_pending', `The job ${id} has already ended.`)
  return row
}

/** A job that was claimed or ended between two looks is looked for once more. */
async function refuse(cx: WorkspaceContext, id: string) {
  await requireUnfinished(cx, id)
  const cause = await explainJob(cx, id)
  if (cause) return cause
  throw new Problem('job.not_pending', `The job ${id} has already ended.`)
}
