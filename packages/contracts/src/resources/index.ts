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

/** Every resource; server, client, OpenAPI and the generic tests derive from it. */
export const contracts = {
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
} as const
export type Contracts = typeof contracts
