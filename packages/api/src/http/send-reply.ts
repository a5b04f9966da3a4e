import { Readable } from 'node:stream'
import { invariant } from '@millrace/base/invariant'
import type { Route } from '@millrace/contracts'
import { JsonPieces, RawJson, type CallContext, type CustomReply } from './implement.ts'
import { sendEvents } from './send-events.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** Sends what a handler returned, in the kind and status that its contract names. */
export async function sendReply(cx: CallContext, { reply: contract }: Route, value: unknown): Promise<unknown> {
  const { reply } = cx
  switch (contract.kind) {
    case 'json':
      return reply
        .status(contract.status)
        .type(JSON_TYPE)
        .send(value instanceof JsonPieces ? Readable.from(value.pieces) : toJson(value))
    case 'text':
      return reply
        .status(contract.status)
        .type(contract.contentType ?? 'text/plain; charset=utf-8')
        .send(String(value))
    case 'empty':
      return reply.status(204).send()
    case 'redirect':
      return reply.redirect(String(value), 302)
    case 'events':
      return sendEvents(cx, value as AsyncIterable<unknown>)
    case 'custom': {
      const { status, headers, contentType, body } = value as CustomReply
      return reply
        .status(status)
        .headers({ ...headers })
        .type(contentType ?? JSON_TYPE)
        .send(body)
    }
  }
}

function toJson(value: unknown): string {
  if (value instanceof RawJson) return value.text
  const text: string | undefined = JSON.stringify(value)
  invariant(text !== undefined, 'a handler of a JSON route returned nothing')
  return text
}
