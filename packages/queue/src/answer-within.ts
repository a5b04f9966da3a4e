import { sleep } from '@millrace/base/time'

/**
 * What an asked one answers, or undefined when the time is over or the signal aborts before. A network that fell silent breaks no
 * connection, so that what was asked through it may never be answered at all.
 */
export async function answerWithin<T>(asked: Promise<T>, ms: number, signal: AbortSignal): Promise<T | undefined> {
  const answered = new AbortController()
  const late = sleep(ms, AbortSignal.any([answered.signal, signal])).then(() => undefined)
  try {
    return await Promise.race([asked, late])
  } finally {
    answered.abort()
  }
}
