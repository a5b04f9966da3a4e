import type { TransactionEnd } from './enqueuer.ts'
import type { ClaimedJob } from './job.ts'
import type { NearWorkers, Reservation } from './near-workers.ts'
import { lineOf, mayWait, type IdentifiedJob, type IdleWorker } from './sql/enqueue.ts'

/** A job that the transition of a frame starts. */
export interface FrameChild {
  readonly frame: string
  /** Whether the frame is in hand and let go of as the job is written: its slot goes on to the job. */
  readonly isLetGo: boolean
  readonly job: IdentifiedJob
}

/** A job that began as it was written. */
export interface Begun {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly started_ms: number
}

/** Whether a job can be written by `advance_flows`: it has no limit of its own, waits for no time, and is nobody's repeated call. */
export function isPlain(job: IdentifiedJob): boolean {
  return !mayWait(job) && !job.options?.concurrency && !job.options?.debounce && !job.once && !job.awaited
}

/** Plain jobs for a statement that ends steps and writes what follows (`advance_flows`), with slots of this process for them. */
export class CarriedJobs {
  readonly #children: readonly FrameChild[]
  readonly #slots = new Map<string, Reservation>()
  #near: IdleWorker | undefined

  constructor(children: readonly FrameChild[], near: NearWorkers | undefined) {
    this.#children = children
    const letGo = new Set<string>()
    for (const { frame, isLetGo, job } of children) {
      const follows = isLetGo && !letGo.has(frame) ? [frame] : []
      const slot = near?.reserve([job], follows)
      if (slot) for (const id of follows) letGo.add(id)
      this.#near ??= slot
      if (slot?.workerId === this.#near?.workerId && slot) this.#slots.set(job.id, slot)
      else slot?.release()
    }
  }

  /** The worker that has slots for some of them. */
  get near(): IdleWorker | undefined {
    return this.#near
  }

  /** JSON text; undefined where there are none. */
  get jobs(): string | undefined {
    if (this.#children.length === 0) return undefined
    const counts = new Map<string, number>()
    const rows = this.#children.map(({ frame, job }) => {
      const place = `${job.workspaceId} ${lineOf(job.tag, job.priority ?? 0)}`
      const nth = counts.get(place) ?? 0
      counts.set(place, nth + 1)
      return toRow(frame, job, { nth, has_slot: this.#slots.has(job.id) })
    })
    return JSON.stringify(rows)
  }

  /** To be called once, when it is known what became of the statement; begins what it began. The tags that have ready jobs now. */
  ended(how: TransactionEnd, stored: ReadonlySet<string>, begun: readonly Begun[]): readonly string[] {
    const started = new Map(begun.map(({ id, started_ms: ms }) => [id, ms]))
    const ready: string[] = []
    for (const { frame, job } of this.#children) {
      const startedMs = started.get(job.id)
      const slot = this.#slots.get(job.id)
      if (how === 'unknown') slot?.doubt()
      else if (slot && startedMs !== undefined) slot.begin([toClaimed(job, startedMs)])
      else slot?.release()
      if (startedMs === undefined && stored.has(frame)) ready.push(job.tag)
    }
    return [...new Set(ready)]
  }
}

function toRow(frame: string, job: IdentifiedJob, more: { readonly nth: number; readonly has_slot: boolean }) {
  return {
    frame,
    ...more,
    id: job.id,
    workspace_id: job.workspaceId,
    kind: job.kind,
    script_path: job.scriptPath,
    script_hash: job.scriptHash,
    language: job.language,
    raw_code: job.rawCode,
    args: job.args,
    tag: job.tag,
    created_by: job.createdBy,
    email: job.email,
    permissioned_as: job.permissionedAs,
    parent_job: job.parentJob,
    root_job: job.rootJob,
    timeout_ms: job.timeoutMs,
    attempts_max: job.attemptsMax ?? 3,
    priority: job.priority ?? 0,
    visible_to_owner: job.visibleToOwner ?? true,
    options: job.options,
    memory_mb: job.memoryMb ?? 0,
    flow_step_id: job.options?.step?.module,
    flow_step_index: job.options?.step?.index,
    flow_step_failures: job.options?.step?.failures,
  }
}

/** As a claim gives it. */
function toClaimed(job: IdentifiedJob, startedMs: number): ClaimedJob {
  return {
    id: job.id,
    workspaceId: job.workspaceId,
    kind: job.kind,
    scriptPath: job.scriptPath,
    scriptHash: job.scriptHash,
    language: job.language,
    rawCode: job.rawCode,
    argsJson: job.args === undefined ? undefined : JSON.stringify(job.args),
    tag: job.tag,
    createdBy: job.createdBy,
    email: job.email,
    permissionedAs: job.permissionedAs,
    parentJob: job.parentJob,
    rootJob: job.rootJob,
    timeoutMs: job.timeoutMs,
    awaited: false,
    options: job.options ?? {},
    priority: job.priority ?? 0,
    fair: '0',
    attempt: 1,
    failures: 0,
    memoryMb: job.memoryMb ?? 0,
    startedAt: new Date(startedMs),
    asked: job,
  }
}
