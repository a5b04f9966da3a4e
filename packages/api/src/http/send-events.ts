import { once } from 'node:events'
import type { CallContext } from './implement.ts'

/** Writes server-sent events until they end or the client has gone; a slow reader slows the source. */
export async function sendEvents({ reply, gone, log }: CallContext, events: AsyncIterable<unknown>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]()
  const first = await iterator.next()
  reply.hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  try {
    for (let next = first; !next.done && !gone.aborted; next = await iterator.next()) {
      if (!raw.write(`data: ${JSON.stringify(next.value)}\n\n`))
        await Promise.race([once(raw, 'drain'), once(raw, 'close')])
    }
  } catch (error) {
    log.warn({ err: error }, 'a stream of events broke')
    raw.write(`data: ${JSON.stringify({ type: 'error', error: 'The stream broke on our side; connect again.' })}\n\n`)
  } finally {
    await iterator.return?.(undefined)
    raw.end()
  }
}
