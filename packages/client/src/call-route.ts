import type { Reply, Route } from '@millrace/contracts'
import { ApiError } from './api-error.ts'
import { buildRequest, type CallInput } from './build-request.ts'
import { parseEvents } from './parse-events.ts'
import { readProblem, readReply } from './read-reply.ts'

/** What all calls of a client share. */
export interface Caller {
  readonly root: string
  readonly fetch: typeof globalThis.fetch
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** The second argument of every call. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

interface Call {
  readonly input: CallInput
  readonly options: CallOptions
}

/** Calls a route and reads its whole reply. */
export async function callRoute(caller: Caller, route: Route, call: Call): Promise<unknown> {
  const deadline = new Deadline(call.options.timeoutMs ?? caller.timeoutMs, call.options.signal)
  try {
    const response = await send(caller, route, call, deadline)
    return await readReply(route, response)
  } catch (error) {
    throw explain(error, caller, deadline)
  } finally {
    deadline.end()
  }
}

/** Calls a route whose reply is a stream of events; the connection opens with the first `next` and closes with the loop. */
export async function* streamRoute(caller: Caller, route: Route, call: Call): AsyncGenerator<unknown, void, undefined> {
  const deadline = new Deadline(call.options.timeoutMs ?? caller.timeoutMs, call.options.signal)
  try {
    const response = await send(caller, route, call, deadline)
    if (!response.ok) throw await readProblem(response)
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream'))
      throw notEvents(response)
    for await (const data of parseEvents(response.body)) {
      deadline.restart()
      yield readEvent(route.reply, response, data)
    }
  } catch (error) {
    throw explain(error, caller, deadline)
  } finally {
    deadline.end()
  }
}

/** A time limit that may be pushed back, joined with the caller's signal. */
class Deadline {
  readonly timeoutMs: number
  readonly #abort = new AbortController()
  readonly #outer: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #expired = false

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs
    this.#outer = outer
    if (outer?.aborted) this.#abort.abort(outer.reason)
    outer?.addEventListener('abort', this.#follow, { once: true })
    this.restart()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get expired(): boolean {
    return this.#expired
  }

  restart(): void {
    clearTimeout(this.#timer)
    if (this.timeoutMs <= 0) return
    this.#timer = setTimeout(() => {
      this.#expired = true
      this.#abort.abort(new Error('timed out'))
    }, this.timeoutMs)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#abort.abort(this.#outer?.reason)
}

async function send(caller: Caller, route: Route, call: Call, deadline: Deadline): Promise<Response> {
  const request = buildRequest(caller.root, route, call.input)
  const accept = route.reply.kind === 'events' ? 'text/event-stream' : 'application/json, text/plain;q=0.9, */*;q=0.5'
  return caller.fetch(request.url, {
    method: request.method,
    headers: { accept, ...request.headers, ...caller.headers, ...call.options.headers },
    ...(request.body !== undefined && { body: request.body }),
    signal: deadline.signal,
  })
}

function readEvent(reply: Reply, response: Response, data: string): unknown {
  try {
    const event: unknown = JSON.parse(data)
    return reply.kind === 'events' ? reply.schema.parse(event) : event
  } catch (cause) {
    throw notEvents(response, cause)
  }
}

function notEvents(response: Response, cause?: unknown): ApiError {
  return new ApiError({
    status: response.status,
    code: 'network.bad_reply',
    message: "The server's reply is not a stream of events that this client knows.",
    cause,
  })
}

/** The caller's own abort stays what it was; a time limit and a dead connection become an `ApiError` of status 0. */
function explain(error: unknown, caller: Caller, deadline: Deadline): unknown {
  if (ApiError.is(error)) return error
  if (deadline.expired) {
    const message = `${caller.root} did not answer within ${deadline.timeoutMs / 1000} s.`
    return new ApiError({ status: 0, code: 'network.timed_out', message, cause: error })
  }
  if (deadline.signal.aborted) return deadline.signal.reason
  const message = `${caller.root} cannot be reached: ${describe(error)}. Is the server running?`
  return new ApiError({ status: 0, code: 'network.unreachable', message, cause: error })
}

/** `fetch` says only "fetch failed"; the reason is the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code: unknown = Reflect.get(cause, 'code')
  return cause.message || (typeof code === 'string' ? code : error.message)
}
