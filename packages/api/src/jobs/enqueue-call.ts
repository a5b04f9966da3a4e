import { Problem } from '@millrace/base/problem'
import { digestOf, type NewJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * Enqueues the job of a call; its id, or that of the first call with the same `Idempotency-Key`. Throws `job.key_reused` when
 * the key came with other content before, `job.exists` when the id did.
 */
export async function enqueueCall(cx: WorkspaceContext, job: NewJob): Promise<string> {
  const key = readKey(cx)
  const once = key === undefined ? {} : { once: { key, digest: digestOf(contentOf(job)) } }
  const [id = ''] = await cx.queue.enqueue([{ ...job, ...once }])
  return id
}

/** What must be equal in a repeated call: everything that was asked for, and nothing that the server has made of it. */
function contentOf(job: NewJob): unknown {
  const { kind, scriptPath, scriptHash, language, rawCode, args, tag, parentJob, createdBy } = job
  const { dueAt, dueInMs, timeoutMs } = job
  return { kind, scriptPath, scriptHash, language, rawCode, args, tag, parentJob, createdBy, dueAt, dueInMs, timeoutMs }
}

function readKey(cx: WorkspaceContext): string | undefined {
  const key = cx.request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return key
  throw new Problem(
    'request.invalid',
    'The header "Idempotency-Key" must be 1 to 255 visible ASCII characters, such as a UUID.',
  )
}
