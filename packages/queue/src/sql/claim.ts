import type { Through } from '@millrace/db'
import type { ClaimedJob } from '../job.ts'

// The rules and the walk are in the function (migration 0015): a claim is a loop over tags and priorities that must see what
// others committed meanwhile, in one round trip.
const CLAIM = `select * from claim_jobs($1, $2, $3, $4, $5, $6, $7 * interval '1 millisecond', $8, $9)`

/** A row of a claim. */
export interface ClaimRow {
  readonly id: string
  readonly workspace_id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly language: string | null
  readonly raw_code: string | null
  readonly args: string | null
  readonly tag: string
  readonly created_by: string
  readonly email: string
  readonly permissioned_as: string
  readonly parent_job: string | null
  readonly root_job: string | null
  readonly timeout_ms: number | null
  readonly awaited: boolean
  readonly options: string | null
  readonly priority: number
  readonly fair: string
  readonly attempt: number
  readonly failures: number
  readonly memory_mb: number
  /** Milliseconds since 1970: cheaper to read than a time. */
  readonly started_ms: number
}

/** The columns of a `ClaimRow`, of a row of `job` and of what a claim made of its row in `job_queue`. */
export function claimColumns(job: string, held: string): string {
  const asked = [
    'id, workspace_id, kind, script_path, script_hash, language, raw_code, args::text as args, tag, created_by, email',
    'permissioned_as, parent_job, root_job, timeout_ms, awaited, options::text as options',
  ]
  const kept = 'priority, fair::text as fair, attempt, failures, memory_mb'
  const of = (table: string, columns: string) => columns.split(', ').map((column) => `${table}.${column}`)
  return [
    ...of(job, asked.join(', ')),
    ...of(held, kept),
    `date_part('epoch', ${held}.started_at) * 1000 as started_ms`,
  ].join(', ')
}

/** The place in a tag's line below which nothing can stand, as a claim has seen it. */
export interface LineFloor {
  readonly priority: number
  readonly fair: string
}

/** What a worker asks for. */
export interface ClaimWish {
  readonly workerId: string
  /** In turns: the first one goes first among equals. */
  readonly tags: readonly string[]
  readonly limit: number
  readonly floors?: ReadonlyMap<string, LineFloor>
  /** How many are to come from priorities that waited longer than `patienceMs`. */
  readonly aged?: number
  readonly patienceMs?: number
  /** MiB that are free for further jobs; undefined is no limit. */
  readonly memoryFreeMb?: number | undefined
  /** Nothing runs on the worker: the first job is taken whatever memory it needs. */
  readonly isIdle?: boolean
}

/** Up to `limit` ready jobs of the tags, in order, now held by the worker (Q4–Q6). */
export async function claimJobs(db: Through, wish: ClaimWish): Promise<readonly ClaimedJob[]> {
  const { workerId, tags, limit, floors, aged, patienceMs, memoryFreeMb, isIdle } = wish
  const of = tags.map((tag) => floors?.get(tag))
  const { rows } = await db.pool.query<ClaimRow>({
    name: 'claim',
    text: CLAIM,
    values: [
      workerId,
      tags,
      limit,
      of.map((floor) => floor?.priority ?? null),
      of.map((floor) => floor?.fair ?? null),
      aged ?? 0,
      patienceMs ?? 0,
      memoryFreeMb ?? null,
      isIdle ?? true,
    ],
  })
  return rows.map(toClaimedJob)
}

/** The job of a claimed row. */
export function toClaimedJob(row: ClaimRow): ClaimedJob {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    kind: row.kind,
    scriptPath: row.script_path ?? undefined,
    scriptHash: row.script_hash ?? undefined,
    language: row.language ?? undefined,
    rawCode: row.raw_code ?? undefined,
    argsJson: row.args ?? undefined,
    tag: row.tag,
    createdBy: row.created_by,
    email: row.email,
    permissionedAs: row.permissioned_as,
    parentJob: row.parent_job ?? undefined,
    rootJob: row.root_job ?? undefined,
    timeoutMs: row.timeout_ms ?? undefined,
    awaited: row.awaited,
    options: row.options === null ? {} : JSON.parse(row.options),
    priority: row.priority,
    fair: row.fair,
    attempt: row.attempt,
    failures: row.failures,
    memoryMb: row.memory_mb,
    startedAt: new Date(row.started_ms),
    claimedMs: performance.now(),
  }
}
