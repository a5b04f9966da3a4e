import { z } from 'zod'
import { Text } from './shapes.ts'
import { Tag } from './tags.ts'

const EnvName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be letters, digits and _, not beginning with a digit')
  .refine((name) => !name.startsWith('WM_'), 'must not begin with WM_: those are set for each job')
/** Milliseconds or a count that a 32-bit integer holds. */
const Positive = z.number().int().min(1).max(2_147_483_647)
const Count = z.number().int().min(0).max(100_000)

/** How many workers a group may have. Unknown keys are kept. */
const Autoscaling = z
  .looseObject({
    /** Whether the number of workers follows the load; it does unless told. */
    enabled: z.boolean().nullish(),
    min_workers: Count.nullish(),
    max_workers: Count.nullish(),
    /** Goes before the group's own. */
    target_wait_ms: Positive.nullish(),
  })
  .refine(
    ({ min_workers: min, max_workers: max }) => typeof min !== 'number' || typeof max !== 'number' || min <= max,
    {
      path: ['max_workers'],
      message: 'must not be less than min_workers',
    },
  )

/** What a worker group is given; what is left out is as the worker's own settings say. Unknown keys are kept. */
export const WorkerGroup = z.looseObject({
  /** Tags that its workers serve; none: every language and kind. */
  worker_tags: z.array(Tag).max(1000).nullish(),
  /** Jobs that each of its workers runs at once. */
  slots: z.number().int().min(1).max(10_000).nullish(),
  /** Variables that every job of its workers sees. */
  env_vars_static: z.record(EnvName, Text.max(100_000)).nullish(),
  /** Variables of the worker's own environment that every job sees. */
  env_vars_allowlist: z.array(EnvName).max(1000).nullish(),
  /** Run by each worker process once, before its first job. */
  init_bash: Text.max(1_000_000).nullish(),
  /** `<workspace>:<path>` of the script that its workers are kept for. */
  dedicated_worker: z
    .string()
    .max(320)
    .regex(/^[\w-]+:[ufg](\/[^\s,()\0]+)+$/, 'must read <workspace>:<path of a script>')
    .nullish(),
  /** Tags that are served before the others, the highest number first. */
  priority_tags: z.record(Tag, z.number().int().min(0).max(100)).nullish(),
  /** Runs what needs no sandboxed process only, many at once. */
  native_mode: z.boolean().nullish(),
  /** Each of its workers ends after so many jobs. */
  exit_after_jobs: Positive.nullish(),
  /** How long jobs should wait at the most; what the number of workers is scaled for. */
  target_wait_ms: Positive.nullish(),
  autoscaling: Autoscaling.nullish(),
})
export type WorkerGroup = z.infer<typeof WorkerGroup>

/** The group of workers that name none. */
export const DEFAULT_GROUP = 'default'

/** The name under which a group's configuration is kept. */
export function configOfGroup(group: string): string {
  return `${GROUP_PREFIX}${group}`
}

/** What the names of worker groups' configurations begin with. */
export const GROUP_PREFIX = 'worker__'
