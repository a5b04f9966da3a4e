import type { Contracts } from '@millrace/contracts'
import type { Implementations } from '../http/implement.ts'
import { auth } from './auth.ts'
import { concurrencyGroups } from './concurrency-groups.ts'
import { instance } from './instance.ts'
import { jobQueue } from './job-queue.ts'
import { jobs } from './jobs.ts'
import { lines } from './lines.ts'
import { scripts } from './scripts.ts'
import { settings } from './settings.ts'
import { tags } from './tags.ts'
import { workerGroups } from './worker-groups.ts'
import { workspaces } from './workspaces.ts'

/** A handler for every route of every resource. */
export const resources: { readonly [R in keyof Contracts]: Implementations<Contracts[R]> } = {
  auth,
  concurrencyGroups,
  instance,
  jobQueue,
  jobs,
  lines,
  scripts,
  settings,
  tags,
  workerGroups,
  workspaces,
}
