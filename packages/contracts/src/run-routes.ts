import { z } from 'zod'
import { JobEvent } from './job.ts'
import type { Reply, Route } from './route.ts'
import { Flag, Instant, JobId, Json, Text } from './shapes.ts'

/** An object of arguments by name. */
export const Args = z.record(z.string(), Json)

/** Query of all runs. Unknown keys become nothing; `payload` (GET) is base64 of a JSON object of arguments. */
export const RunQuery = z.object({
  scheduled_for: Instant.optional(),
  scheduled_in_secs: z.coerce.number().int().min(0).max(315_360_000).optional(),
  parent_job: JobId.optional(),
  root_job: JobId.optional(),
  tag: Text.max(255).optional(),
  job_id: JobId.optional(),
  /** Seconds for which the result is used again for the same arguments. */
  cache_ttl: z.coerce.number().int().min(0).max(2_147_483_647).optional(),
  skip_preprocessor: Flag.optional(),
  /** Names the memory of the agents of a flow. */
  memory_id: Text.max(255).optional(),
  invisible_to_owner: Flag.optional(),
  include_header: Text.optional(),
  include_query: Text.optional(),
  payload: Text.optional(),
  raw: Flag.optional(),
  wrap_body: Flag.optional(),
  timeout: z.coerce.number().int().min(0).max(2_147_483).optional(),
})
export type RunQuery = z.infer<typeof RunQuery>

export const WaitQuery = RunQuery.extend({
  /** Refuse when more jobs of the tag wait than this, or than the server's own limit. */
  queue_limit: z.coerce.number().int().min(0).optional(),
  /** Reply 200 also when the job fails. */
  always_200: Flag.optional(),
})

export type WaitQuery = z.infer<typeof WaitQuery>

export const StreamQuery = RunQuery.extend({
  queue_limit: z.coerce.number().int().min(0).optional(),
  /** How long to wait between two events, so that small pieces come together. */
  poll_delay_ms: z.coerce.number().int().min(0).max(5000).optional(),
})

/** What a run is answered with at once. */
export const jobUuid = { kind: 'text', status: 201, description: 'The id of the job.' } as const satisfies Reply
/** The same when its end is waited for. */
export const jobResult = {
  kind: 'custom',
  status: 200,
  description:
    'The result of the job; its `windmill_status_code`, `windmill_content_type` and `windmill_headers` shape the reply.',
  otherStatuses: [500],
} as const satisfies Reply
const jobEvents = { kind: 'events', status: 200, schema: JobEvent } as const satisfies Reply
/** Problems of all runs. */
export const runProblems = [
  'script.not_found',
  'script.unknown_language',
  'job.exists',
  'job.key_reused',
  'job.not_found',
  'tag.restricted',
  'tag.unresolved',
  'request.too_large',
  'request.unsupported_media_type',
] as const
const streamProblems = [...runProblems, 'queue.full'] as const
/** Problems of those who wait. */
export const waitProblems = [...runProblems, 'job.wait_timed_out', 'queue.full'] as const

/** The helpers are generic because the client reads paths, queries and replies from the literal types. */
export function run<const P extends string, S extends z.ZodObject>(path: P, params: S, summary: string) {
  const common = { path, summary, params, query: RunQuery, reply: jobUuid, problems: runProblems }
  return { method: 'POST', auth: 'user', body: { kind: 'args' }, ...common } as const satisfies Route
}

export function runWait<const P extends string, S extends z.ZodObject>(path: P, params: S, summary: string) {
  const common = { path, summary, params, query: WaitQuery, reply: jobResult, problems: waitProblems }
  return { method: 'POST', auth: 'user', body: { kind: 'args' }, ...common } as const satisfies Route
}

export function runWaitGet<const P extends string, S extends z.ZodObject>(path: P, params: S, summary: string) {
  const common = { path, summary, params, query: WaitQuery, reply: jobResult, problems: waitProblems }
  return { method: 'GET', auth: 'user', ...common } as const satisfies Route
}

export function runStream<const P extends string, S extends z.ZodObject>(path: P, params: S, summary: string) {
  const common = {
    path,
    summary,
    params,
    query: StreamQuery,
    reply: jobEvents,
    problems: streamProblems,
  }
  return { method: 'POST', auth: 'user', body: { kind: 'args' }, ...common } as const satisfies Route
}

export function runStreamGet<const P extends string, S extends z.ZodObject>(path: P, params: S, summary: string) {
  const common = {
    path,
    summary,
    params,
    query: StreamQuery,
    reply: jobEvents,
    problems: streamProblems,
  }
  return { method: 'GET', auth: 'user', ...common } as const satisfies Route
}
