import { err, ok, type Result } from '@millrace/base/result'
import { z } from 'zod'

/** Seconds of a sleep at the most, some 136 years: what the published clients count to. */
const SECONDS_MAX = 4_294_967_295

/** The name of a checkpoint. */
export const CheckpointKey = z
  .string()
  .min(1)
  .max(500)
  // PostgreSQL has no text with this character.
  .refine((key) => !key.includes('\0'))

const Seconds = z.number().min(0).max(SECONDS_MAX)

const Task = z.object({
  key: CheckpointKey,
  /** The name of the function, or the path of what is to be run. */
  script: z.string().max(1000),
  name: z.string().max(1000),
  args: z.record(z.string(), z.unknown()).default({}),
  dispatch_type: z.enum(['inline', 'script', 'flow']).default('inline'),
  timeout: z.number().positive().max(2_000_000).nullish(),
  tag: z.string().max(100).nullish(),
  cache_ttl: z.number().int().min(0).nullish(),
  priority: z.number().int().min(0).max(100).nullish(),
  concurrent_limit: z.number().int().positive().nullish(),
  concurrency_key: z.string().max(500).nullish(),
  concurrency_time_window_s: z.number().int().min(0).nullish(),
})
/** A task that is to be run as a job of its own. */
export type Task = z.infer<typeof Task>

const Approval = z.object({
  mode: z.literal('approval'),
  key: CheckpointKey,
  timeout: Seconds.nullish(),
  form: z.unknown().optional(),
  self_approval_disabled: z.boolean().nullish(),
  skin: z.string().max(100).nullish(),
  description: z.unknown().optional(),
})
/** What is asked of people. */
export type Approval = z.infer<typeof Approval>

const InlineStep = z.object({
  key: CheckpointKey,
  result: z.unknown().optional(),
  started_at: z.iso.datetime({ offset: true }).nullish(),
  duration_ms: z.number().int().min(0).nullish(),
})

const steps = z.array(Task).min(1)

const Suspension = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('sequential'), steps }),
  z.object({ mode: z.literal('parallel'), steps }),
  z.object({ mode: z.literal('sleep'), key: CheckpointKey, seconds: Seconds }),
  Approval,
  z.object({
    mode: z.literal('inline_checkpoint'),
    key: CheckpointKey,
    result: z.unknown().optional(),
    started_at: z.string().max(100).nullish(),
    duration_ms: z.number().int().min(0).nullish(),
  }),
])
/** Why a run of a workflow's code has ended before the workflow has, in the words of the published clients. */
export type Suspension = z.infer<typeof Suspension>

/** Reads what an inline step gave, as its process has said it; undefined where that cannot be kept as it is. */
export function readInlineStep(json: string): z.infer<typeof InlineStep> | undefined {
  try {
    return InlineStep.safeParse(JSON.parse(json)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Reads what the process of a workflow has said; the error is a sentence. */
export function readSuspension(json: string): Result<Suspension, string> {
  const parsed = Suspension.safeParse(JSON.parse(json))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return err(
      `The workflow asks for something that cannot be: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
    )
  }
  const twice = findTwice(parsed.data)
  if (twice !== undefined) return err(`Two tasks of the workflow are called "${twice}": give each a name of its own.`)
  return ok(parsed.data)
}

function findTwice(suspension: Suspension): string | undefined {
  if (!('steps' in suspension)) return undefined
  const seen = new Set<string>()
  return suspension.steps.find(({ key }) => seen.size === seen.add(key).size)?.key
}
