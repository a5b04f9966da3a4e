import { Problem } from '@millrace/base/problem'
import { concurrencyGroups as contract } from '@millrace/contracts'
import {
  deleteConcurrencyKey,
  findConcurrencyKey,
  listConcurrencyKeys,
  listHoldersElsewhere,
} from '@millrace/db/tables/concurrency-key'
import { implement } from '../http/implement.ts'
import { listJobs } from '../jobs/list-jobs.ts'

export const concurrencyGroups = implement(contract, {
  listConcurrencyGroups: {
    may: 'concurrency_group.see_all',
    async run(cx) {
      const rows = await listConcurrencyKeys(cx.db.kysely)
      return rows.map(({ key, slots, held, waiting }) => ({
        concurrency_key: key,
        total_running: held,
        limit: slots,
        waiting,
      }))
    },
  },
  deleteConcurrencyGroup: {
    may: 'concurrency_group.delete',
    async run(cx, { key }) {
      if (await cx.db.kysely.transaction().execute((tx) => deleteConcurrencyKey(tx, key))) return {}
      throw new Problem(
        'concurrency_group.in_use',
        `Unfinished jobs have the key "${key}": cancel them or wait until they have ended.`,
      )
    },
  },
  getConcurrencyKey: {
    may: 'concurrency_group.see',
    async run(cx, { id }) {
      const found = await findConcurrencyKey(cx.db.kysely, id)
      const missing = new Problem('job.not_found', `There is no job ${id} in a workspace that you are a member of.`)
      if (!found) throw missing
      await cx.requireMembership(found.workspace_id).catch(() => {
        throw missing
      })
      return found.key
    },
  },
  listExtendedJobs: {
    may: 'job.read',
    async run(cx, { query }) {
      const jobs = await listJobs(cx, query, { queued: true, finished: true, onlyLimited: true })
      const key = query.concurrency_key
      if (key === undefined) return { jobs, obscured_jobs: [], omitted_obscured_jobs: false }
      const holders = await listHoldersElsewhere(cx.db.kysely, cx.workspace, key)
      const shadows = holders.map((at) => ({ typ: 'QueuedJob', ...(at && { started_at: at.toISOString() }) }))
      return { jobs, obscured_jobs: shadows, omitted_obscured_jobs: false }
    },
  },
})
