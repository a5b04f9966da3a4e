import { approvals } from './approvals.ts'
import { auth } from './auth.ts'
import { concurrencyGroups } from './concurrency-groups.ts'
import { encryptionKey } from './encryption-key.ts'
import { finishedJobs } from './finished-jobs.ts'
import { flowConversations } from './flow-conversations.ts'
import { flowFixes } from './flow-fixes.ts'
import { flowRuns } from './flow-runs.ts'
import { flows } from './flows.ts'
import { handlers } from './handlers.ts'
import { instance } from './instance.ts'
import { jobMetrics } from './job-metrics.ts'
import { jobQueue } from './job-queue.ts'
import { jobTransfer } from './job-transfer.ts'
import { jobs } from './jobs.ts'
import { lines } from './lines.ts'
import { resourceTypes } from './resource-types.ts'
import { resources } from './resources.ts'
import { scripts } from './scripts.ts'
import { settings } from './settings.ts'
import { tags } from './tags.ts'
import { variables } from './variables.ts'
import { volumes } from './volumes.ts'
import { workerGroups } from './worker-groups.ts'
import { workspaceArchive } from './workspace-archive.ts'
import { workflows } from './workflows.ts'
import { workspaceDependencies } from './workspace-dependencies.ts'
import { workspaces } from './workspaces.ts'

/** Every resource; server, client, OpenAPI and the generic tests derive from it. */
export const contracts = {
  approvals,
  auth,
  concurrencyGroups,
  encryptionKey,
  finishedJobs,
  flowConversations,
  flowFixes,
  flowRuns,
  flows,
  handlers,
  instance,
  jobMetrics,
  jobQueue,
  jobTransfer,
  jobs,
  lines,
  resourceTypes,
  resources,
  scripts,
  settings,
  tags,
  variables,
  volumes,
  workerGroups,
  workspaceArchive,
  workflows,
  workspaceDependencies,
  workspaces,
} as const
export type Contracts = typeof contracts
