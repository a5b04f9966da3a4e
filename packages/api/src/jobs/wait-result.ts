import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import { Problem } from '@millrace/base/problem'
import { findEarlyResult } from '@millrace/db/tables/flow-frame'
import { findOutcome, isQueueLongerThan } from '@millrace/db/tables/job'
import type { Expectation, NewJob, ToldEnd } from '@millrace/queue'
import type { CustomReply, WorkspaceContext } from '../http/implement.ts'
import { enqueueCall } from './enqueue-call.ts'
import { whileLending } from './lend-slot.ts'
import { shapeResult } from './shape-result.ts'

/** How often a result before the end is looked for. */
const EARLY_LOOK_MS = 100

/** How the caller wants to wait. */
export interface WaitWish {
  readonly queue_limit?: number | undefined
  readonly always_200?: boolean | undefined
  /** It may be answered before its end. */
  readonly returnsEarly?: boolean
}

/** Enqueues a job and replies its result; the job goes on when the wait ends before it. */
export async function runAndWait(cx: WorkspaceContext, job: NewJob, wish: WaitWish): Promise<CustomReply> {
  await refuseFullQueue(cx, job.tag, wish.queue_limit)
  const first = job.id ?? newId()
  const expectation = cx.queue.expect(first)
  let id: string
  let told: ToldEnd | undefined
  try {
    id = await enqueueCall(cx, { ...job, id: first, awaited: true })
    const mine = id === first ? expectation : undefined
    const early = await whileLending(cx, id, () =>
      wish.returnsEarly ? waitForEarly(cx, id, mine) : waitForEnd(cx, id, mine),
    )
    if (early !== undefined)
      return shapeResult({ status: 'success', result: early }, { jobId: id, always200: wish.always_200 === true })
    told = mine?.told()
  } finally {
    expectation.close()
  }
  // One statement instead of a transaction of four: the job is our own, and the statement names its workspace.
  const outcome = told ?? (await findOutcome(cx.db.kysely, cx.workspace, id))
  invariant(outcome, 'a job that ended has an outcome')
  return shapeResult(outcome, { jobId: id, always200: wish.always_200 === true })
}

/** Throws `job.wait_timed_out`. An expectation made before the job was is told at once. */
async function waitForEnd(cx: WorkspaceContext, id: string, made: Expectation | undefined): Promise<undefined> {
  const expectation = made ?? cx.queue.expect(id)
  try {
    const signal = AbortSignal.any([cx.gone, cx.closing])
    if (!(await expectation.ended(cx.config.waitResultTimeoutS * 1000, signal))) throw stillRunning(cx, id)
    return undefined
  } finally {
    expectation.close()
  }
}

/** Looks whether there is a result before the end, until one of them comes; undefined: the end came. */
async function waitForEarly(
  cx: WorkspaceContext,
  id: string,
  made: Expectation | undefined,
): Promise<string | undefined> {
  const over = new AbortController()
  const signal = AbortSignal.any([cx.gone, cx.closing, over.signal])
  const look = async (): Promise<string | undefined> => {
    while (!signal.aborted) {
      const early = await findEarlyResult(cx.db.kysely, cx.workspace, id)
      if (early !== undefined) return early
      await cx.queue.changed(id, EARLY_LOOK_MS, signal)
    }
    return undefined
  }
  try {
    return await Promise.race([look(), waitForEnd(cx, id, made)])
  } finally {
    over.abort()
  }
}

function stillRunning(cx: WorkspaceContext, id: string): Problem {
  const location = `/api/w/${encodeURIComponent(cx.workspace)}/jobs_u/completed/get_result_maybe/${id}`
  return new Problem(
    'job.wait_timed_out',
    `The job has not ended within ${cx.config.waitResultTimeoutS} s and goes on: read its result later from ${location}.`,
    { detail: { job_id: id }, headers: { location } },
  )
}

/** Throws `queue.full` where more jobs wait than the caller, or the server, allows. */
export async function refuseFullQueue(cx: WorkspaceContext, tag: string, asked: number | undefined): Promise<void> {
  const limits = [asked, cx.config.queueLimitWaitResult].filter((limit) => limit !== undefined && limit >= 0)
  if (limits.length === 0) return
  const limit = Math.min(...limits.map(Number))
  if (await cx.inside((tx) => isQueueLongerThan(tx, cx.workspace, tag, limit)))
    throw new Problem('queue.full', `More than ${limit} jobs wait for a worker: try again in a few seconds.`, {
      headers: { 'retry-after': '5' },
    })
}
