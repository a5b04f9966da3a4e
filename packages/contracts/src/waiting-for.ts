import { z } from 'zod'

/** Seconds, rounded down; instants are ISO-8601. */
const Position = {
  /** In the line of its tag, 1 is the next one. */
  position: z.number(),
  /** The line was not walked further: the job stands there or behind. */
  position_is_at_least: z.boolean(),
}

/** Answers of people to a step of a flow. */
const AwaitedAnswers = z.object({
  step: z.string(),
  /** The run that the step is in: the one that waits, or one below it. */
  job: z.string(),
  /** The run of the flow that asks, where that is another one, which the one that waits has called. */
  run: z.string().optional(),
  missing: z.number(),
  /** Nobody answers after that. */
  until: z.string().optional(),
  /** Who has no account may not answer, nor who is in none of these groups, nor who started the run. */
  members_only: z.boolean(),
  groups: z.array(z.string()).optional(),
  not_by: z.string().optional(),
})
export type AwaitedAnswers = z.infer<typeof AwaitedAnswers>

/** The one reason why an unfinished job has not ended: exactly one holds at any time. */
export const WaitingFor = z.discriminatedUnion('cause', [
  z.object({ cause: z.literal('due'), at: z.string() }),
  /** Further calls with its key may take its place until then. */
  z.object({ cause: z.literal('debounce'), key: z.string(), at: z.string() }),
  /** A run failed and is tried again. */
  z.object({ cause: z.literal('retry'), failed_attempts: z.number(), attempts: z.number(), at: z.string() }),
  z.object({
    cause: z.literal('concurrency_key'),
    key: z.string(),
    limit: z.number(),
    /** Jobs of this workspace that hold a slot, a few of them; how many jobs of other workspaces do. */
    held_by: z.array(z.string()),
    held_elsewhere: z.number(),
    /** When the time window of a slot ends, whose job has ended. */
    window_ends_at: z.string().optional(),
  }),
  z.object({ cause: z.literal('no_worker'), tag: z.string(), served_tags: z.array(z.string()) }),
  z.object({
    cause: z.literal('workers_busy'),
    tag: z.string(),
    workers: z.number(),
    slots: z.number(),
    ...Position,
    /** How long the first one of the line has been due. */
    head_age_s: z.number(),
  }),
  /** Workers have room: it is about to be claimed. */
  z.object({ cause: z.literal('position'), tag: z.string(), workers: z.number(), ...Position }),
  z.object({
    cause: z.literal('suspended'),
    on: z.enum(['children', 'event']),
    children: z.number(),
    /** On an event: whose answers are missing. */
    awaits: AwaitedAnswers.optional(),
  }),
  z.object({ cause: z.literal('running'), worker: z.string(), since: z.string() }),
  z.object({
    cause: z.literal('cancel_asked'),
    by: z.string(),
    state: z.enum(['asked', 'signalled', 'killed']),
    since: z.string(),
    worker: z.string(),
  }),
  /** The worker that holds it is not heard of; its jobs are taken back unless it is. */
  z.object({
    cause: z.literal('worker_silent'),
    worker: z.string().optional(),
    silent_s: z.number(),
    taken_back_at: z.string(),
  }),
])
export type WaitingFor = z.infer<typeof WaitingFor>
