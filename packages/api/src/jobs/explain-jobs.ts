import type { Job } from '@millrace/contracts'
import { leaveWorkspace, type WorkspaceTransaction } from '@millrace/db'
import { explainWaits } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'

/** Jobs of one list that are explained. */
const EXPLAINED_MAX = 1000
/** How far lines are walked for places: for a list, and for one job. */
const WALK_LIST_MAX = 1000
const WALK_ONE_MAX = 100_000

/**
 * Says of the unfinished ones why they wait; in one statement, of the first thousand. It is the last one of its transaction, for it
 * sees every workspace.
 */
export async function explainJobs<J extends Job>(
  { leaseMs }: WorkspaceContext,
  tx: WorkspaceTransaction,
  jobs: readonly J[],
  workspaceId: string | undefined,
): Promise<J[]> {
  const queued = jobs.filter((job) => job.type === 'QueuedJob').slice(0, EXPLAINED_MAX)
  if (queued.length === 0) return [...jobs]
  const ids = queued.map((job) => job.id)
  const walkMax = ids.length === 1 ? WALK_ONE_MAX : WALK_LIST_MAX
  const causes = await explainWaits(await leaveWorkspace(tx), { workspaceId, ids, leaseMs, walkMax })
  return jobs.map((job) => {
    const cause = causes.get(job.id)
    return cause ? { ...job, waiting_for: cause } : job
  })
}

/** Why one job waits; undefined when it is not unfinished. */
export async function explainJob(cx: WorkspaceContext, id: string) {
  const terms = { workspaceId: cx.workspace, ids: [id], leaseMs: cx.leaseMs, walkMax: WALK_ONE_MAX }
  return (await explainWaits(cx.db.pool, terms)).get(id)
}
