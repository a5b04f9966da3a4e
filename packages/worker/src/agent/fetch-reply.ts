import { err, ok, type Result } from '@millrace/base/result'
import { sleep } from '@millrace/base/time'
import type { AgentFault } from './fault.ts'
import { hide } from './fault.ts'

/** What is sent to a server outside. */
export interface ServerRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  /** What of it must not be shown to anybody, whatever the server says. */
  readonly secrets: readonly string[]
}

/** How it is sent. */
export interface Sending {
  readonly signal: AbortSignal
  /** Whether it may be sent again where nobody knows whether it was carried out. */
  readonly isRepeatable: boolean
  onLog(text: string): void
}

/** A reply that says yes. */
export interface ServerReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const ATTEMPTS_MAX = 5
/** For one attempt, the whole reply included. */
const REPLY_MS_MAX = 600_000
const REPLY_BYTES_MAX = 16_777_216
/** A server that wants us to wait longer than this is told of instead. */
const WAIT_MS_MAX = 60_000
const FIRST_DELAY_MS = 500
const SAID_LENGTH_MAX = 500

type Attempt =
  | { readonly kind: 'reply'; readonly reply: ServerReply }
  | { readonly kind: 'refused'; readonly reply: ServerReply }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'failed'; readonly fault: AgentFault }

/**
 * The one way from a worker to models and to servers of tools: with a limit for the time and the size of a reply, and again where the
 * server is busy (429) or, if it may be repeated, out of order (5xx, no answer), after what `Retry-After` says. It follows no
 * redirection, so that no key goes where nobody sent it.
 */
export async function fetchReply(request: ServerRequest, sending: Sending): Promise<Result<ServerReply, AgentFault>> {
  for (let attempt = 1; ; attempt += 1) {
    const came = await tryOnce(request, sending)
    if (came.kind === 'reply') return ok(came.reply)
    if (came.kind === 'failed') return err(came.fault)
    const fault = tell(request, came)
    const waitMs = attempt < ATTEMPTS_MAX && mayTryAgain(came, sending) ? delayMs(came, attempt) : undefined
    if (waitMs === undefined) return err(fault)
    if (waitMs > WAIT_MS_MAX)
      return err({ ...fault, message: `${fault.message}; it wants to be asked again in ${Math.ceil(waitMs / 1000)} s` })
    sending.onLog(`${fault.message}; asked again in ${(waitMs / 1000).toFixed(1)} s\n`)
    await sleep(waitMs, sending.signal)
    if (sending.signal.aborted) return err(stopped())
  }
}

async function tryOnce({ url, headers, body }: ServerRequest, { signal }: Sending): Promise<Attempt> {
  if (signal.aborted) return { kind: 'failed', fault: stopped() }
  const limit = AbortSignal.timeout(REPLY_MS_MAX)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, limit]),
    })
    const text = await readText(response)
    if (text === undefined) return { kind: 'failed', fault: tooLong() }
    const reply = { status: response.status, headers: response.headers, text }
    return { kind: response.ok ? 'reply' : 'refused', reply }
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', fault: stopped() }
    if (limit.aborted) return { kind: 'unreachable', why: `it did not answer within ${REPLY_MS_MAX / 1000} s` }
    return { kind: 'unreachable', why: describe(error) }
  }
}

/** Undefined where it is longer than anybody wants. */
async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  if (!reader) return ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length
    if (bytes > REPLY_BYTES_MAX) {
      await reader.cancel()
      return undefined
    }
    chunks.push(part.value)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Where it is busy it has done nothing; otherwise that is not known. */
function mayTryAgain(came: Exclude<Attempt, { kind: 'reply' | 'failed' }>, { isRepeatable }: Sending): boolean {
  if (came.kind === 'unreachable') return isRepeatable
  const { status } = came.reply
  return status === 429 || (isRepeatable && (status >= 500 || status === 408))
}

function delayMs(came: Exclude<Attempt, { kind: 'reply' | 'failed' }>, attempt: number): number {
  const said = came.kind === 'refused' ? came.reply.headers.get('retry-after') : null
  const asked = said === null ? undefined : readRetryAfter(said)
  return asked ?? FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)
}

/** A number of seconds, or a date. */
function readRetryAfter(text: string): number | undefined {
  if (/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

function tell({ url, secrets }: ServerRequest, came: Exclude<Attempt, { kind: 'reply' | 'failed' }>): AgentFault {
  const host = hostOf(url)
  if (came.kind === 'unreachable')
    return { name: 'ServerUnreachable', message: hide(`${host} cannot be reached: ${came.why}`, secrets) }
  const { status, text } = came.reply
  const name = status === 429 ? 'RateLimited' : 'ServerError'
  return { name, message: hide(`${host} answered ${status}: ${saidIn(text)}`, secrets) }
}

/** The sentence in a reply that says no, wherever its server puts it. */
function saidIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    const error = fieldOf(value, 'error')
    const said = [fieldOf(error, 'message'), error, fieldOf(value, 'message')].find((each) => typeof each === 'string')
    return String(said ?? text).slice(0, SAID_LENGTH_MAX)
  } catch {
    return text.slice(0, SAID_LENGTH_MAX) || 'nothing'
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the server'
}

function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

function tooLong(): AgentFault {
  return { name: 'ReplyTooLong', message: `the server's reply has more than ${REPLY_BYTES_MAX / 1_048_576} MiB` }
}

/** Whoever told the job to stop says what becomes of it. */
function stopped(): AgentFault {
  return { name: 'Canceled', message: 'the call was ended before it was answered' }
}
