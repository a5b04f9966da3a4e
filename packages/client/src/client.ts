import { contracts, type Contracts, type Reply, type Route } from '@millrace/contracts'
import { callRoute, streamRoute, type Caller, type CallOptions } from './call-route.ts'
import type { CallInput } from './build-request.ts'

/** Where and as whom to call. */
export interface ClientOptions {
  /** Origin of the server, such as `http://localhost:8000`; the empty text is the page's own origin. */
  readonly baseUrl: string
  /** Sent as `Authorization: Bearer`; without it a browser's cookie speaks. */
  readonly token?: string | undefined
  readonly fetch?: typeof globalThis.fetch
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long a reply may take, and how long a stream may be silent; 60,000 when absent, 0 for no limit. */
  readonly timeoutMs?: number
}

/** The reply of a route whose job decides status and content type; JSON is parsed, text a string, the rest a Blob. */
export interface CustomReply {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** `client.<resource>.<route>(input, options)`; redirects are for browsers to follow, not for this client. */
export type Client = {
  readonly [R in keyof Contracts]: {
    readonly [N in keyof Contracts[R] as Contracts[R][N] extends RedirectRoute ? never : N]: Method<Contracts[R][N]>
  }
}

/** A client of the server at `baseUrl`; no call is made yet. */
export function createClient(options: ClientOptions): Client {
  const caller: Caller = {
    root: `${options.baseUrl.replace(/\/+$/, '').replace(/\/api$/, '')}/api`,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    headers: {
      ...(options.token && { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    timeoutMs: options.timeoutMs ?? 60_000,
  }
  const resources = Object.entries(contracts).map(([name, routes]) => [name, bindRoutes(caller, routes)])
  // The one place where the mapped type is promised by hand: it says what the loop over the same routes builds.
  return Object.fromEntries(resources) as Client
}

function bindRoutes(caller: Caller, routes: Readonly<Record<string, Route>>): Record<string, unknown> {
  const methods = Object.entries(routes).map(([name, route]) => {
    const call = route.reply.kind === 'events' ? streamRoute : callRoute
    return [name, (input: CallInput = {}, options: CallOptions = {}) => call(caller, route, { input, options })]
  })
  return Object.fromEntries(methods) as Record<string, unknown>
}

type RedirectRoute = { readonly reply: Extract<Reply, { kind: 'redirect' }> }

type Method<R> =
  NoInput extends InputOf<R>
    ? (input?: InputOf<R>, options?: CallOptions) => ReplyOf<R>
    : (input: InputOf<R>, options?: CallOptions) => ReplyOf<R>

/** Assignable to every object type without required fields. */
type NoInput = Record<string, never>

/** What a route's call takes: its path parameters by name, `query` and `body`. */
export type InputOf<R> = ParamsOf<R> & QueryOf<R> & BodyOf<R>

/** What a route's call gives: a promise, or for a stream its events. */
export type ReplyOf<R> = R extends { readonly reply: infer P } ? ReplyOfKind<P> : never

type ReplyOfKind<P> = P extends { readonly kind: 'events'; readonly schema: infer S }
  ? AsyncIterable<OutputOf<S>>
  : Promise<ValueOfKind<P>>

type ValueOfKind<P> = P extends { readonly kind: 'json'; readonly schema: infer S }
  ? OutputOf<S>
  : P extends { readonly kind: 'text' }
    ? string
    : P extends { readonly kind: 'custom' }
      ? CustomReply
      : undefined

type ParamsOf<R> = R extends { readonly path: infer P extends string }
  ? { readonly [N in ParamNames<P>]: string | number }
  : unknown

type ParamNames<P extends string> = P extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : P extends `:${infer Name}` | `*${infer Name}`
    ? Name
    : never

type QueryOf<R> = R extends { readonly query: infer S }
  ? { readonly query?: { readonly [K in keyof InputOfSchema<S>]: QueryValue<InputOfSchema<S>[K]> } | undefined }
  : unknown

/** Flags may be booleans; what the server coerces from text may be given as a number. */
type QueryValue<T> = unknown extends T ? string | number | undefined : 'true' extends T ? T | boolean : T

type BodyOf<R> = R extends { readonly body: infer B } ? BodyOfKind<B> : unknown

type BodyOfKind<B> = B extends { readonly kind: 'json'; readonly schema: infer S }
  ? B extends { readonly optional: true }
    ? { readonly body?: InputOfSchema<S> | undefined }
    : { readonly body: InputOfSchema<S> }
  : B extends { readonly kind: 'args' }
    ? { readonly body?: unknown }
    : { readonly body: string }

/** Input and output of a schema, read from its types alone: this package needs no zod of its own. */
type InputOfSchema<S> = S extends { readonly _zod: { input: infer I } } ? I : never
type OutputOf<S> = S extends { readonly _zod: { output: infer O } } ? O : never
