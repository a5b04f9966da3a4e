import { Problem } from '@millrace/base/problem'
import { inTransaction, inWorkspace, type Database } from '@millrace/db'
import { listHandlersOf, noteHandlerFault, type HandlerPlace } from '@millrace/db/tables/handler'
import {
  deleteFailing,
  listFailing,
  listJobEnds,
  lookAtJobEnds,
  putFailing,
  takeJobEnds,
} from '@millrace/db/tables/job-end'
import type { Duty, Queue, WrittenWithin } from '@millrace/queue'
import { TagSettings } from '../tags/tag-settings.ts'
import { chooseHandlers, type Chosen } from './choose-handlers.ts'
import { handlerJob, type HandlerJob, type HandlerTools } from './handler-job.ts'

const EVERY_MS = 500
/** Where there are no handlers, nothing is noted for them; the first one is noticed after so long. */
const ALONE_MS = 10_000
/** Ends that are told of at once. */
const BATCH = 200

/**
 * Tells handlers of the ends that were noted with the outcomes of jobs, in that order: what an end has to say, who failed and who
 * recovered, and the jobs of the handlers go out in one transaction, so that each is told once, whatever dies. A handler that cannot be
 * told, because its script is gone, says so in its settings and holds nobody up.
 */
export function tellHandlers({ db, queue }: { readonly db: Database; readonly queue: Queue }): Duty {
  const tools: HandlerTools = { db, queue, tagSettings: new TagSettings(db.kysely) }
  return {
    id: 'tell-handlers',
    everyMs: () => EVERY_MS,
    async runOnce() {
      const { areThere, areHeard } = await lookAtJobEnds(db.pool)
      if (!areThere) return areHeard ? {} : { againInMs: ALONE_MS }
      const { ids, ends } = await listJobEnds(db.pool, BATCH)
      const workspaces = [...new Set(ends.map((end) => end.workspace_id))]
      const handlers = workspaces.length === 0 ? [] : await listHandlersOf(db.kysely, workspaces)
      const chosen = chooseHandlers(ends, handlers, await listFailing(db.pool, ends))
      const jobs = await makeJobs(tools, chosen)
      const isTold = await store(tools, { ids, chosen, jobs })
      return {
        ...(isTold && jobs.length > 0 && { did: { handlers: jobs.length } }),
        ...(ids.length === BATCH && { againInMs: 0 }),
      }
    },
  }
}

async function makeJobs(tools: HandlerTools, { tellings }: Chosen): Promise<readonly HandlerJob[]> {
  const jobs: HandlerJob[] = []
  for (const telling of tellings) {
    try {
      jobs.push(await handlerJob(tools, telling))
    } catch (error) {
      if (!Problem.is(error)) throw error
      const { workspace_id: workspace, scope, event } = telling.handler
      const place = { workspace, scope, event } as HandlerPlace
      const fault = `Not told of job ${telling.end.job_id}: ${error.message}`
      await inWorkspace(tools.db, workspace, (tx) => noteHandlerFault(tx, place, fault))
    }
  }
  return jobs
}

/** False where another keeper was first. */
async function store(
  { db, queue }: HandlerTools,
  what: { readonly ids: readonly number[]; readonly chosen: Chosen; readonly jobs: readonly HandlerJob[] },
): Promise<boolean> {
  let written: WrittenWithin | undefined
  try {
    const isOurs = await inTransaction(db, async (client) => {
      if (!(await takeJobEnds(client, what.ids))) return false
      await putFailing(client, what.chosen.failing)
      await deleteFailing(client, what.chosen.recovered)
      written = await queue.writeWithin(client, what.jobs)
      return true
    })
    const jobs = written
    written = undefined
    jobs?.ended('committed')
    if (jobs) queue.tell(jobs, [])
    return isOurs
  } catch (error) {
    written?.ended('unknown')
    throw error
  }
}
