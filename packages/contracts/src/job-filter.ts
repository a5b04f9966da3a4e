import type { z } from 'zod'
import { Flag, Instant, JobId, Page, Text } from './shapes.ts'

/**
 * Filters of the lists; comma lists are alternatives, a leading `!` negates all of them. A page that filters finished jobs by `args` or
 * `result` looks at the 2,000 newest that meet the other filters.
 */
export const JobFilter = Page.extend({
  order_desc: Flag.optional(),
  created_by: Text.optional(),
  worker: Text.optional(),
  parent_job: JobId.optional(),
  script_path_exact: Text.optional(),
  script_path_start: Text.optional(),
  script_hash: Text.optional(),
  started_before: Instant.optional(),
  started_after: Instant.optional(),
  created_before: Instant.optional(),
  created_after: Instant.optional(),
  completed_before: Instant.optional(),
  completed_after: Instant.optional(),
  created_or_started_before: Instant.optional(),
  created_or_started_after: Instant.optional(),
  running: Flag.optional(),
  scheduled_for_before_now: Flag.optional(),
  success: Flag.optional(),
  status: Text.optional(),
  job_kinds: Text.optional(),
  /** JSON subset match. */
  args: Text.optional(),
  result: Text.optional(),
  tag: Text.optional(),
  concurrency_key: Text.optional(),
  trigger_kind: Text.optional(),
  is_skipped: Flag.optional(),
  is_flow_step: Flag.optional(),
  has_null_parent: Flag.optional(),
  all_workspaces: Flag.optional(),
})
export type JobFilter = z.infer<typeof JobFilter>
