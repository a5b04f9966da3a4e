import { useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'
import type { JobListQuery } from './jobs.ts'

/** The most that one look for ids gives. */
const MATCHING_MAX = 100_000
/** Ids in one call: few enough that progress is seen. */
const CHUNK = 1000

/** What became of the runs that something was asked of. */
export interface BulkOutcome {
  readonly done: number
  /** Runs below the chosen ones that were ended with them. */
  readonly below: number
  /** Those of which it could not be done, by reason. */
  readonly refused: ReadonlyMap<string, number>
}

interface BulkWish {
  readonly ids: readonly string[]
  readonly onProgress: (asked: number) => void
}

/** Ids of all runs that a list shows on all of its pages; the newest hundred thousand. */
export function fetchMatchingIds(workspace: string, query: JobListQuery): Promise<readonly string[]> {
  const all = { workspace, query: { ...query, page: 1, per_page: MATCHING_MAX } }
  // What has a running flag is unfinished, which is a shorter list to look through.
  return query.running === undefined
    ? client.jobQueue.listFilteredJobsUuids(all)
    : client.jobQueue.listFilteredQueueUuids(all)
}

/** Cancels runs and what is below them. */
export function useCancelSelection(workspace: string) {
  return useBulk(workspace, countCancelled, (ids, { force }: BulkWish & { readonly force: boolean }) =>
    client.jobQueue.cancelSelection({ workspace, query: { force_cancel: force }, body: [...ids] }, { timeoutMs: 0 }),
  )
}

/** Runs finished runs again, each with its arguments and the version that ran. */
export function useRunAgainSelection(workspace: string) {
  return useBulk(workspace, countStarted, async (ids, _wish: BulkWish) => {
    const input = { workspace, body: { job_ids: [...ids] } }
    const { body } = await client.jobQueue.batchReRunJobs(input, { timeoutMs: 0 })
    return typeof body === 'string' ? body.split('\n').filter(Boolean) : []
  })
}

/** Asks for some at a time, one call after the other, and counts what all replies say together. */
function useBulk<W extends BulkWish>(
  workspace: string,
  count: (ids: readonly string[], lines: readonly string[]) => BulkOutcome,
  call: (ids: readonly string[], wish: W) => Promise<readonly string[]>,
) {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(wish: W): Promise<BulkOutcome> {
      const lines: string[] = []
      for (let at = 0; at < wish.ids.length; at += CHUNK) {
        lines.push(...(await call(wish.ids.slice(at, at + CHUNK), wish)))
        wish.onProgress(Math.min(at + CHUNK, wish.ids.length))
      }
      return count(wish.ids, lines)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}

/** Of what was asked, what the reply names; it names runs below the chosen ones too. */
export function countCancelled(asked: readonly string[], cancelled: readonly string[]): BulkOutcome {
  const chosen = new Set(asked)
  const done = cancelled.filter((id) => chosen.has(id)).length
  const over = asked.length - done
  return {
    done,
    below: cancelled.length - done,
    refused: new Map(over > 0 ? [['It had already ended.', over]] : []),
  }
}

/** A line for each run: its new id, or why there is none. */
export function countStarted(_ids: readonly string[], lines: readonly string[]): BulkOutcome {
  const errors = lines.filter((line) => line.startsWith(ERROR))
  const refused = new Map<string, number>()
  for (const line of errors) {
    const reason = plainReason(line.slice(ERROR.length))
    refused.set(reason, (refused.get(reason) ?? 0) + 1)
  }
  return { done: lines.length - errors.length, below: 0, refused }
}

const ERROR = 'Error: '

/** Without the id, so that equal reasons are counted together. */
function plainReason(reason: string): string {
  if (reason.startsWith('there is no finished job')) return 'It has not ended.'
  return reason.replace(/^job [0-9a-f-]{36}: /, '')
}
