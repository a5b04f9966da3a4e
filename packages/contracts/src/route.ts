import type { z } from 'zod'
import type { ProblemCode } from './problems.ts'

/** How a reply is sent. `text` is `text/plain`; ids and messages must be text, for clients parse by content type. */
export type Reply =
  | { readonly kind: 'json'; readonly status: 200 | 201; readonly schema: z.ZodType }
  | { readonly kind: 'text'; readonly status: 200 | 201; readonly description: string; readonly contentType?: string }
  | { readonly kind: 'empty'; readonly status: 204 }
  | { readonly kind: 'redirect'; readonly status: 302; readonly description: string }
  /** Server-sent events, each `data: {json}`. */
  | { readonly kind: 'events'; readonly status: 200; readonly schema: z.ZodType }
  /** The handler decides (a job's own status, headers and content type). */
  | {
      readonly kind: 'custom'
      readonly status: 200 | 201
      readonly description: string
      readonly otherStatuses: readonly number[]
    }

/** How a body is read. `args` takes any content type and turns it into a job's arguments. */
export type Body =
  | { readonly kind: 'json'; readonly schema: z.ZodType; readonly optional?: boolean }
  | { readonly kind: 'args' }
  | { readonly kind: 'text'; readonly description: string }

/** Path parameters are `:name`; a last `*name` takes the rest with its slashes (script paths arrive unescaped). */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  /** One sentence for the reference. */
  readonly summary: string
  /**
   * Whether a caller must be signed in. Routes under `/w/:workspace` are for members of that workspace. Where it is `optional` others
   * pass too, for they show something else: a member is known as one.
   */
  readonly auth: 'none' | 'optional' | 'user' | 'superadmin'
  /** A GET that changes something, as links in letters do: HEAD is not answered by it. */
  readonly acts?: boolean
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: Body
  readonly reply: Reply
  /** Besides the ones that every route may give (bad input, 401, 403, unknown workspace). */
  readonly problems?: readonly ProblemCode[]
}

/** A resource's routes by name; the name of a route is its operation id. */
export type Resource = Readonly<Record<string, Route>>

/** Keeps the literal types of a resource's routes. */
export function resource<const R extends Resource>(routes: R): R {
  return routes
}
