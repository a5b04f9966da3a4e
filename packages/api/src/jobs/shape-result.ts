import type { OutcomeRow } from '@millrace/db/tables/job'
import type { CustomReply } from '../http/implement.ts'
import { isObject } from '../http/parse-json.ts'

/** Pages that a job replies must not act as pages of ours. */
const SANDBOX = { 'content-security-policy': 'sandbox allow-scripts allow-forms allow-popups' }
/** Headers that belong to the connection or to us. */
const RESERVED =
  /^(connection|keep-alive|transfer-encoding|upgrade|te|trailer|content-length|content-type|set-cookie|proxy-.*|content-security-policy|x-request-id|clear-site-data|service-worker-allowed)$/i
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,200}$/
const HEADER_VALUE = /^[\t\x20-\x7e]{0,8000}$/
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+*-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w./:+-]+))*$/

/**
 * The reply that a finished job makes: its result as JSON, 500 when it failed. An object with `windmill_status_code`,
 * `windmill_content_type` or `windmill_headers` sets those, with `result` as the body; a value that cannot be is left out.
 */
export function shapeResult(
  outcome: OutcomeRow,
  wish: { readonly jobId: string; readonly always200: boolean },
): CustomReply {
  const text = outcome.result ?? 'null'
  const headers = { ...SANDBOX, 'x-millrace-job-id': wish.jobId }
  const hasFailed = outcome.status === 'failure' || outcome.status === 'canceled'
  const status = hasFailed && !wish.always200 ? 500 : 200
  const shape = hasFailed ? undefined : readShape(text)
  if (!shape) return { status, headers, contentType: undefined, body: text }
  return {
    status: readStatus(shape['windmill_status_code']) ?? status,
    headers: { ...readHeaders(shape['windmill_headers']), ...headers },
    ...readBody(shape),
  }
}

function readShape(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.includes('"windmill_')) return undefined
  const value: unknown = JSON.parse(text)
  const keys = ['windmill_status_code', 'windmill_content_type', 'windmill_headers']
  return isObject(value) && keys.some((key) => Object.hasOwn(value, key)) ? value : undefined
}

function readStatus(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599 ? value : undefined
}

function readHeaders(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  const usable = Object.entries(value).filter(
    (entry): entry is [string, string] =>
      HEADER_NAME.test(entry[0]) &&
      !RESERVED.test(entry[0]) &&
      typeof entry[1] === 'string' &&
      HEADER_VALUE.test(entry[1]),
  )
  return Object.fromEntries(usable)
}

function readBody(shape: Readonly<Record<string, unknown>>): { contentType: string | undefined; body: string } {
  const type = shape['windmill_content_type']
  const body: unknown = shape['result'] ?? null
  if (typeof type !== 'string' || !MEDIA_TYPE.test(type)) return { contentType: undefined, body: JSON.stringify(body) }
  return { contentType: type, body: typeof body === 'string' ? body : JSON.stringify(body) }
}
