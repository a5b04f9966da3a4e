import { Problem } from '@millrace/base/problem'
import { finishedJobs as contract, type CompletedJob } from '@millrace/contracts'
import { insertAudit } from '@millrace/db/tables/audit'
import { loadDbClock } from '@millrace/db/tables/db-clock'
import { findJobState } from '@millrace/db/tables/job'
import { countEnded, countEndedByTag, countOutcomes } from '@millrace/db/tables/job-count'
import { noteErasure } from '@millrace/db/tables/job-erasure'
import { findTailStart, readLogToEnd } from '@millrace/db/tables/job-log'
import type { InputOf } from '../http/implement.ts'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { groupJobs } from '../jobs/group-jobs.ts'
import { requireAll } from '../jobs/list-jobs.ts'
import { toCompletedJob } from '../jobs/to-job.ts'

const HOUR_S = 3600
/** UTF-16 units of the end of a log. */
const TAIL = 50_000

export const finishedJobs = implement(contract, {
  countCompletedJobs: { may: 'job.read', run: (cx, { query }) => countCompleted(cx, query) },
  countJobsByTag: {
    may: 'line.see',
    async run(cx, { query }) {
      const found = await countEndedByTag(cx.db.kysely, query.workspace_id, query.horizon_secs ?? HOUR_S)
      return [...found]
    },
  },
  getDbClock: { may: 'worker.see', run: (cx) => loadDbClock(cx.db.kysely) },
  getCompletedJobLogsTail: {
    may: 'job.read',
    run: async (cx, { id }) =>
      await cx.snapshot(async (tx) => {
        const row = await findJobState(tx, cx.workspace, id)
        if (!row || row.status === null) missing(id)
        const job = { workspace: cx.workspace, jobId: id }
        return (await readLogToEnd(tx, job, await findTailStart(tx, job, TAIL))).text.slice(-TAIL)
      }),
  },
  deleteCompletedJob: { may: 'job.delete', run: (cx, { id }) => erase(cx, id) },
  listSelectedJobGroups: {
    may: 'job.read',
    run: (cx, { body }) => cx.snapshot((tx) => groupJobs(tx, cx.workspace, body)),
  },
})

type CountQuery = InputOf<(typeof contract)['countCompletedJobs']>['query']

/** Without a time, those that ended well are all but the few that did not, which an index knows. */
async function countCompleted(cx: WorkspaceContext, query: CountQuery): Promise<number> {
  const { success: isSuccess, completed_after_s_ago: withinS } = query
  const tags = query.tags?.split(',').filter(Boolean)
  if (query.all_workspaces) {
    const workspace = requireAll(cx)
    return await countEnded(cx.db.kysely, { workspace, withinS, isSuccess, tags })
  }
  const { workspace } = cx
  return await cx.inside(async (tx) => {
    if (withinS !== undefined) return await countEnded(tx, { workspace, withinS, isSuccess, tags })
    const failed = isSuccess === undefined ? 0 : await countEnded(tx, { workspace, withinS, isSuccess: false, tags })
    return isSuccess === false ? failed : Math.max(0, (await countOutcomes(tx, workspace, tags)) - failed)
  })
}

/** What is noted is erased by the keeper at once; the reply is the job as it is then. */
async function erase(cx: WorkspaceContext, id: string): Promise<CompletedJob> {
  const { workspace, member, caller } = cx
  const row = await cx.inside(async (tx) => {
    const found = await findJobState(tx, workspace, id)
    if (!found || found.status === null) missing(id)
    await noteErasure(tx, id)
    const who = { username: member.username, email: caller.email }
    await insertAudit(tx, { workspace, ...who, operation: 'jobs.erase', parameters: { id } })
    return found
  })
  cx.queue.tell({ ready: [], isScheduled: true }, [])
  return { ...toCompletedJob(row), deleted: true }
}

function missing(id: string): never {
  throw new Problem('job.not_found', `There is no job ${id} in this workspace that has ended.`)
}
