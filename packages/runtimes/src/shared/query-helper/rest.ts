import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from './values.ts'

/** Of an answer. */
const BODY_BYTES_MAX = 64 * 1024 * 1024
const SHOWN_MAX = 500
const TRIES_MAX = 4
/** What says that a call may do better in a moment. */
const BUSY = new Set([429, 502, 503, 504])
const WAIT_MS_MAX = 8000

/** A call of an API that speaks JSON. */
export interface RestCall {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON, or as a form where it is one. */
  readonly body?: Readonly<Record<string, unknown>> | URLSearchParams
  readonly signal: AbortSignal
  /** Made twice it does no more than once, so that it may be made again where the server is busy. */
  readonly isRepeatable: boolean
}

/** What came back. */
export interface RestAnswer {
  readonly status: number
  /** An object; empty where the server sent none. */
  readonly body: Readonly<Record<string, unknown>>
  /** The beginning of what the server sent, for messages. */
  readonly shown: string
}

/** Rejects where the server cannot be reached, or sends more than can be kept. */
export async function callRest(call: RestCall): Promise<RestAnswer> {
  for (let tries = 1; ; tries += 1) {
    const response = await send(call)
    const text = await readBody(response)
    if (!call.isRepeatable || tries >= TRIES_MAX || !BUSY.has(response.status))
      return { status: response.status, body: parse(text), shown: text.slice(0, SHOWN_MAX) }
    const seconds = Number(response.headers.get('retry-after') ?? NaN)
    const waitMs = Number.isFinite(seconds) ? seconds * 1000 : 200 * 2 ** tries
    await sleep(Math.min(waitMs, WAIT_MS_MAX), undefined, { signal: call.signal })
  }
}

/** An address of the web that the resource has as `name`. */
export function addressOf(text: string, name: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text)
  throw new ConfigError(`"${name}" of the resource is no address of the web: ${text}`)
}

/** Member of an object that came from elsewhere, however deep; undefined where there is none. */
export function memberOf(value: unknown, ...path: readonly (string | number)[]): unknown {
  let member = value
  for (const name of path) {
    if (typeof member !== 'object' || member === null) return undefined
    member = Object.hasOwn(member, name) ? Reflect.get(member, name) : undefined
  }
  return member
}

/** A text that came from elsewhere. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const member = memberOf(value, ...path)
  return typeof member === 'string' && member !== '' ? member : undefined
}

async function send({ method, url, headers, body, signal }: RestCall): Promise<Response> {
  const isForm = body instanceof URLSearchParams
  try {
    return await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body && !isForm && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
      // A server elsewhere shall not get the credentials of this one.
      redirect: 'manual',
      signal,
    })
  } catch (error) {
    // `fetch` says only that it failed, and hides why.
    throw error instanceof TypeError && error.cause !== undefined ? error.cause : error
  }
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes: ask for less`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): RestAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
