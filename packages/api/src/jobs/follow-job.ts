import { Problem } from '@millrace/base/problem'
import { sleep } from '@millrace/base/time'
import type { Job, JobEvent, JobUpdate } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import { findJob, findJobState, type JobRow } from '@millrace/db/tables/job'
import { readLog, readLogToEnd } from '@millrace/db/tables/job-log'
import { findJobProgress } from '@millrace/db/tables/job-progress'
import { findFrame } from '@millrace/db/tables/flow-frame'
import { frameKinds } from '@millrace/queue'
import { loadFlowStatus, loadFlowView } from '../flows/load-flow-status.ts'
import { loadWorkflowStatus } from '../flows/workflow-status.ts'
import type { WorkspaceContext } from '../http/implement.ts'
import { isBegun, toWholeJob } from './to-job.ts'

/** How long `getupdate` waits for something new. */
const POLL_MS = 1000
/** How often the database is looked at while no hint comes: workers in other processes give none for log lines. */
const LOOK_MS = 250
const GAP_MS = 100
const FAST_GAP_MS = 20
const STREAM_MS = 60_000
const PING_MS = 10_000

/** What the client has seen, and what it does not want to. */
export interface Wish {
  readonly running?: boolean | undefined
  readonly log_offset?: number | undefined
  readonly stream_offset?: number | undefined
  readonly no_logs?: boolean | undefined
  readonly get_progress?: boolean | undefined
  readonly only_result?: boolean | undefined
  readonly fast?: boolean | undefined
  /** Milliseconds between two events; about a tenth of a second by default. */
  readonly gapMs?: number | undefined
}

interface Seen {
  /** Of what the engine of flows remembers of it, 0 where that is nothing; undefined: not looked at. */
  readonly frameVersion: number | undefined
  readonly running: boolean | undefined
  readonly logOffset: number
  readonly streamOffset: number
}

interface JobPlace {
  readonly workspace: string
  readonly id: string
}

interface Look {
  readonly row: JobRow
  readonly frameVersion: number | undefined
  readonly update: JobUpdate
  readonly isNews: boolean
}

/** What a stream tells at turning points besides. */
interface Whole {
  readonly job?: Job
  readonly only_result?: unknown
}

/** What happened since the offsets; waits up to a second when nothing did. Throws `job.not_found`. */
export async function nextUpdate(cx: WorkspaceContext, id: string, wish: Wish): Promise<JobUpdate> {
  let seen = seenBy(wish)
  let status: JobUpdate['flow_status']
  const signal = AbortSignal.any([cx.gone, cx.closing])
  const deadline = performance.now() + POLL_MS
  for (;;) {
    const look = await cx.snapshot((tx) => lookAt(tx, { workspace: cx.workspace, id }, seen, wish))
    if (!look) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
    const leftMs = deadline - performance.now()
    status = look.update.flow_status ?? status
    if (look.isNews || leftMs <= 0 || signal.aborted) return { ...look.update, ...(status && { flow_status: status }) }
    seen = { ...seen, frameVersion: look.frameVersion ?? 0 }
    await cx.queue.changed(id, Math.min(leftMs, LOOK_MS), signal)
  }
}

/** The same as a stream that ends with the job, or with `timeout` after a minute or when the server shuts down. */
export async function* followJob(
  cx: WorkspaceContext,
  id: string,
  wish: Wish,
): AsyncGenerator<JobEvent, void, undefined> {
  const signal = AbortSignal.any([cx.gone, cx.closing])
  const gapMs = wish.gapMs ?? (wish.fast ? FAST_GAP_MS : GAP_MS)
  const endsAt = performance.now() + STREAM_MS
  let seen: Seen = seenBy(wish)
  let isFirst = true
  let pingAt = performance.now() + PING_MS
  for (;;) {
    const look = await lookForStream(cx, { id, isFirst, seen }, wish)
    if (!look) return yield { type: 'not_found' }
    if (look.isNews || isFirst) {
      yield { type: 'update', ...look.update, ...look.whole }
      if (look.update.completed) return
      seen = {
        frameVersion: look.frameVersion ?? 0,
        running: look.update.running,
        logOffset: look.update.log_offset ?? seen.logOffset,
        streamOffset: look.update.stream_offset ?? seen.streamOffset,
      }
      isFirst = false
      pingAt = performance.now() + PING_MS
      await sleep(gapMs, signal)
    } else {
      if (performance.now() >= pingAt) {
        yield { type: 'ping' }
        pingAt = performance.now() + PING_MS
      }
      await cx.queue.changed(id, LOOK_MS, signal)
    }
    if (signal.aborted || performance.now() >= endsAt) return yield { type: 'timeout' }
  }
}

function seenBy(wish: Wish): Seen {
  return {
    frameVersion: undefined,
    running: wish.running,
    logOffset: wish.log_offset ?? 0,
    streamOffset: wish.stream_offset ?? 0,
  }
}

/** With the whole job at its turning points, as it is at the same instant. */
async function lookForStream(
  cx: WorkspaceContext,
  { id, isFirst, seen }: { readonly id: string; readonly isFirst: boolean; readonly seen: Seen },
  wish: Wish,
): Promise<(Look & { readonly whole: Whole }) | undefined> {
  return await cx.snapshot(async (tx) => {
    const job = { workspace: cx.workspace, id }
    const look = await lookAt(tx, job, seen, wish)
    if (!look) return undefined
    const isTurn = isFirst || look.update.completed === true || look.update.running !== seen.running
    return { ...look, whole: isTurn ? await describe(tx, job, look, wish) : {} }
  })
}

async function lookAt(tx: WorkspaceTransaction, job: JobPlace, seen: Seen, wish: Wish): Promise<Look | undefined> {
  const { workspace, id } = job
  const row = await findJobState(tx, workspace, id)
  if (!row) return undefined
  const completed = row.status !== null
  const read = completed ? readLogToEnd : readLog
  const log = wish.no_logs ? undefined : await read(tx, { workspace, jobId: id }, seen.logOffset)
  const stream = await read(tx, { workspace, jobId: id, table: 'job_stream' }, seen.streamOffset)
  const running = isBegun(row)
  const frame = frameKinds.has(row.kind) ? await findFrame(tx, workspace, id) : undefined
  const hasMoved = frame !== undefined && frame.version !== seen.frameVersion
  const status = hasMoved ? await loadFlowStatus(tx, row, frame) : undefined
  const progress = wish.get_progress ? await findJobProgress(tx, workspace, id) : undefined
  const update: JobUpdate = {
    running,
    completed,
    ...(log?.text && { new_logs: log.text }),
    log_offset: log?.end ?? seen.logOffset,
    ...(stream.text && { new_result_stream: stream.text }),
    ...(stream.end > 0 && { stream_offset: stream.end }),
    ...(progress !== undefined && { progress }),
    ...(status && { flow_status: status }),
    ...(await loadWorkflowStatus(tx, row)),
    ...(row.memory_peak_bytes !== null && { mem_peak: Math.round(row.memory_peak_bytes / 1024) }),
  }
  const isStarted = seen.running !== undefined && running !== seen.running
  const isToldMore = update.new_logs !== undefined || update.new_result_stream !== undefined
  // Who asks first has not seen any of it.
  const isNews = completed || isStarted || isToldMore || (hasMoved && seen.frameVersion !== undefined)
  return { row, frameVersion: frame?.version, update, isNews }
}

/** The job at its turning points, and the result at its end. */
async function describe(
  tx: WorkspaceTransaction,
  { workspace, id }: JobPlace,
  { update }: Look,
  wish: Wish,
): Promise<Whole> {
  if (wish.only_result && !update.completed) return {}
  const row = await findJob(tx, workspace, id)
  if (!row) return {}
  const job = { ...toWholeJob(row, {}), ...(await loadFlowView(tx, row)), ...(await loadWorkflowStatus(tx, row)) }
  const result = job.type === 'CompletedJob' ? { only_result: job.result ?? null } : {}
  return wish.only_result ? result : { job, ...result }
}
