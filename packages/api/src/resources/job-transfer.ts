import { jobTransfer as contract } from '@millrace/contracts'
import { implement } from '../http/implement.ts'
import { deleteJobs } from '../transfer/delete-jobs.ts'
import { exportJobs } from '../transfer/export-jobs.ts'
import { importCompleted } from '../transfer/import-completed.ts'
import { importQueued } from '../transfer/import-queued.ts'

export const jobTransfer = implement(contract, {
  exportCompletedJobs: { may: 'job.export', run: (cx, { query }) => exportJobs(cx, 'finished', query) },
  importCompletedJobs: { may: 'job.import', run: (cx, { body }) => importCompleted(cx, body) },
  exportQueuedJobs: { may: 'job.export', run: (cx, { query }) => exportJobs(cx, 'waiting', query) },
  importQueuedJobs: { may: 'job.import', run: (cx, { body }) => importQueued(cx, body) },
  deleteJobs: { may: 'job.delete', run: (cx, { body }) => deleteJobs(cx, body) },
})
