import type { JobEvent } from '@millrace/contracts'
import type { NewJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'
import { enqueueCall } from './enqueue-call.ts'
import { followJob } from './follow-job.ts'
import { refuseFullQueue } from './wait-result.ts'

/** How the caller wants to be told. */
export interface StreamWish {
  readonly queue_limit?: number | undefined
  readonly poll_delay_ms?: number | undefined
}

/** Enqueues a job and follows it to its end: pieces of its result as they come, and the result. Its log is left out. */
export async function runAndStream(
  cx: WorkspaceContext,
  job: NewJob,
  wish: StreamWish,
): Promise<AsyncGenerator<JobEvent, void, undefined>> {
  await refuseFullQueue(cx, job.tag, wish.queue_limit)
  const id = await enqueueCall(cx, { ...job, awaited: true })
  return followJob(cx, id, { no_logs: true, only_result: true, fast: true, gapMs: wish.poll_delay_ms })
}
