import type { Readable } from 'node:stream'
import type { Database } from '@millrace/db'
import type { Logger } from '@millrace/base/logger'
import type { MetricSource } from '@millrace/base/metrics'
import type { SettingsOf } from '@millrace/base/settings'
import type { Body, Reply, Resource, Route } from '@millrace/contracts'
import type { inSnapshot, inWorkspace } from '@millrace/db'
import type { AlarmThresholds, Queue } from '@millrace/queue'
import type { Vault } from '@millrace/vault'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { apiConfig } from '../config.ts'
import type { Action } from '../policy/actions.ts'
import type { Caller, Membership } from '../policy/caller.ts'
import type { LoginLimit } from '../login/login-limit.ts'
import type { TagSettings } from '../tags/tag-settings.ts'
import type { PageMemory } from '../jobs/page-memory.ts'
import type { ArgsBody } from './read-body.ts'

/** What the handlers work with. */
export interface ApiParts {
  readonly db: Database
  readonly queue: Queue
  readonly config: SettingsOf<typeof apiConfig>
  readonly log: Logger
  /** How long a worker may be silent and still count as alive, in milliseconds. */
  readonly leaseMs: number
  /** Their defaults when absent. */
  readonly alarms?: AlarmThresholds
  /** What `/metrics` tells besides the queue: this process and its other roles. */
  readonly metrics?: MetricSource
}

/** What every handler is given. */
export interface CallContext extends ApiParts {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal
  /** Aborts when the server shuts down. */
  readonly closing: AbortSignal
  readonly loginLimit: LoginLimit
  readonly vault: Vault
  readonly tagSettings: TagSettings
  /** Where pages of lists ended. */
  readonly pages: PageMemory
  /** Forgets what is remembered of a token, because it was ended. */
  readonly forgetToken: (hash: Buffer) => void
}

/** What handlers for signed-in callers are given besides. */
export interface CallerContext extends CallContext {
  readonly caller: Caller
  /** The caller as a member of a workspace; throws `workspace.not_found` for strangers. */
  readonly requireMembership: (workspace: string) => Promise<Membership>
}

/** What handlers of a workspace are given besides. */
export interface WorkspaceContext extends CallerContext {
  readonly workspace: string
  readonly member: Membership
  /** One transaction that sees this workspace only. */
  readonly inside: <T>(work: Parameters<typeof inWorkspace<T>>[2]) => Promise<T>
  /** The same for reading alone, at one instant. */
  readonly snapshot: <T>(work: Parameters<typeof inSnapshot<T>>[2]) => Promise<T>
}

/** JSON that is at hand as text, sent as it is. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** JSON text that is sent piece by piece: nobody holds all of it. */
export class JsonPieces {
  readonly pieces: AsyncIterable<string>

  constructor(pieces: AsyncIterable<string>) {
    this.pieces = pieces
  }
}

/** A reply that the handler shapes; without a content type the body is JSON text. */
export interface CustomReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string | undefined
  /** A stream is sent as it comes. */
  readonly body: string | Readable
}

/** The handler of one route and the action that its caller must be allowed. */
export interface Implementation<R extends Route> {
  readonly may: Action
  run(cx: ContextOf<R>, input: InputOf<R>): ResultOf<R['reply']> | Promise<ResultOf<R['reply']>>
}

/** A handler for every route of a resource: one that is missing does not compile. */
export type Implementations<R extends Resource> = { readonly [K in keyof R]: Implementation<R[K]> }

/** Gives handlers the types of their routes. */
export function implement<const R extends Resource>(
  _contract: R,
  implementations: Implementations<R>,
): Implementations<R> {
  return implementations
}

/** What handlers are given where callers may be unknown. */
export type OpenContext = CallContext & Partial<WorkspaceContext>

type ContextOf<R extends Route> = R['auth'] extends 'optional'
  ? OpenContext
  : R['path'] extends `/w/:workspace/${string}`
    ? WorkspaceContext
    : R['auth'] extends 'none'
      ? CallContext
      : CallerContext

/** Path parameters by name, `query` and `body`, parsed. */
export type InputOf<R extends Route> = Omit<PathParams<R['path']>, keyof ParamsOf<R>> &
  ParamsOf<R> & { readonly query: QueryOf<R>; readonly body: BodyOf<R['body']> }

type PathParams<P extends string> = P extends `${infer Head}/${infer Rest}`
  ? PathParam<Head> & PathParams<Rest>
  : PathParam<P>
type PathParam<S extends string> = S extends `:${infer Name}` | `*${infer Name}`
  ? { readonly [K in Name]: string }
  : unknown
type ParamsOf<R extends Route> = R['params'] extends z.ZodObject ? z.output<R['params']> : unknown
type QueryOf<R extends Route> = R['query'] extends z.ZodObject ? z.output<R['query']> : Record<never, never>
type BodyOf<B extends Body | undefined> = B extends { kind: 'json'; schema: infer S extends z.ZodType }
  ? B extends { optional: true }
    ? z.output<S> | undefined
    : z.output<S>
  : B extends { kind: 'args' }
    ? ArgsBody
    : B extends { kind: 'text' }
      ? string
      : undefined

type ResultOf<R extends Reply> = R extends { kind: 'json'; schema: infer S extends z.ZodType }
  ? z.input<S> | RawJson | JsonPieces
  : R extends { kind: 'text' | 'redirect' }
    ? string
    : R extends { kind: 'events'; schema: infer S extends z.ZodType }
      ? AsyncIterable<z.input<S>>
      : R extends { kind: 'custom' }
        ? CustomReply
        : undefined
