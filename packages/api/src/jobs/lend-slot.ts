import type { CallerContext } from '../http/implement.ts'
import { ShortMemory } from '../http/short-memory.ts'

const HOLD_MS = 12_000
const SAY_AGAIN_MS = 4000
/** A job that polls does so each half a second. */
const POLL_HOLD_MS = 3000

const polled = new ShortMemory<true>(1000)

/** While `work` waits for a job's end on behalf of another job, that one lends its slot to it. */
export async function whileLending<T>(cx: CallerContext, childId: string, work: () => Promise<T>): Promise<T> {
  const waiterId = cx.caller.jobId
  if (waiterId === undefined) return await work()
  const wait = { waiterId, childId }
  const say = () =>
    void cx.queue
      .noteWait(wait, HOLD_MS)
      .catch((error: unknown) => cx.log.warn({ err: error }, 'a wait cannot be noted'))
  say()
  const timer = setInterval(say, SAY_AGAIN_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    await cx.queue.endWait(wait).catch((error: unknown) => cx.log.warn({ err: error }, 'a wait cannot be ended'))
  }
}

/** A job asked for the end of another one that has not ended, and will probably ask again. */
export async function lendForPoll(cx: CallerContext, childId: string): Promise<void> {
  const waiterId = cx.caller.jobId
  if (waiterId === undefined) return
  const key = `${waiterId}>${childId}`
  if (polled.get(key)) return
  polled.set(key, true)
  await cx.queue.noteWait({ waiterId, childId }, POLL_HOLD_MS)
}
