import { resumeFlow } from '@millrace/flow'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { startPointsServer } from './points-server.ts'
import type { ProgramRun } from './program-run.ts'
import { tagOfTest, type CutWorker, type WorkflowHost } from './workflow-host.ts'

const END_MS_MAX = 120_000
/** Programs on one worker, and its slots for each: none waits for one that stands still. */
const SIZE = 40
const SLOTS = 4

/** What a run came to. */
export interface Story {
  readonly status: string
  readonly result: unknown
  /** Points in the order in which they were come to first. */
  readonly points: readonly string[]
  /** Names of checkpoints. */
  readonly keys: readonly string[]
  /** Bodies that ran again although what they gave was kept, or more than once more. */
  readonly runAgain: readonly string[]
  /** Tasks for which there was more than one job. */
  readonly startedTwice: readonly string[]
  /** Rows that nobody took away. */
  readonly left: number
  /** Points at which its worker was lost. */
  readonly crashes: readonly string[]
}

/**
 * Runs programs on one worker until each stands at a point or has ended. Then the worker is gone, and another one goes on with those
 * that have not ended and with further ones, and so on. What they came to, in the order of the programs.
 */
export async function runPrograms(host: WorkflowHost, runs: readonly ProgramRun[]): Promise<readonly Story[]> {
  const tag = tagOfTest()
  const waiting = [...runs.entries()]
  const stories = new Map<ProgramRun, Story>()
  const points = await startPointsServer((nth, worker, point) => runs[nth]?.come(point, worker))
  let active: readonly ProgramRun[] = []
  let lost: CutWorker | undefined
  for (let nth = 0; active.length > 0 || waiting.length > 0; nth += 1) {
    const fresh = waiting.splice(0, SIZE - active.length)
    const group = `worker-${nth}`
    active = [...active, ...fresh.map(([, run]) => run)]
    for (const run of active) run.beginOn(group)
    const worker = await host.startWorker(tag, { slots: SIZE * SLOTS, group })
    try {
      for (const [number, run] of fresh) run.id = await begin(host, run, { tag, url: points.urlOf(number) })
      await goOn(host, active)
    } finally {
      // Its lease is over: until then it would hand back what it has, as one that is stopped does.
      await lost?.stop()
      lost = undefined
      if (active.some(({ stands }) => stands)) {
        worker.cut()
        lost = worker
      } else await worker.stop()
    }
    for (const run of active) {
      if (run.stands) run.loseWorker(await readKept(host, run.id))
      else stories.set(run, await tellStory(host, run))
    }
    active = active.filter(({ stands }) => stands)
  }
  points.close()
  return runs.flatMap((run) => stories.get(run) ?? [])
}

async function begin(
  host: WorkflowHost,
  { program }: ProgramRun,
  { tag, url }: { readonly tag: string; readonly url: string },
): Promise<string> {
  const { content, which } = program
  return await host.enqueue({ language: 'bun', content, args: { to: url, which }, tag })
}

async function tellStory(host: WorkflowHost, run: ProgramRun): Promise<Story> {
  const { status, result } = await host.ended(run.id)
  const { points, runAgain, crashes } = run
  return { status, result, points, runAgain, crashes, ...(await lookAtRows(host, run.id)) }
}

/** Lets time pass and answers, until all runs stand or have ended. */
async function goOn(host: WorkflowHost, runs: readonly ProgramRun[]): Promise<void> {
  const ids = runs.map(({ id }) => id)
  let left = runs
  try {
    await waitUntil('workflows come to their points or end', END_MS_MAX, async () => {
      const { rows } = await host.query('select id from job_outcome where id = any($1)', [ids])
      const ended = new Set(rows.map(({ id }) => String(id)))
      left = runs.filter((run) => !run.stands && !ended.has(run.id))
      if (left.length > 0) await letPass(host, ids)
      return left.length === 0
    })
  } catch (cause) {
    throw new Error(`they do not: ${left.map(({ id, crashes }) => `${id} after ${crashes.at(-1)}`).join(', ')}`, {
      cause,
    })
  }
}

/** Nobody sleeps, and whoever asks is answered. */
async function letPass(host: WorkflowHost, ids: readonly string[]): Promise<void> {
  const { rows } = await host.query(
    `select job_id, key, kind from workflow_checkpoint where job_id = any($1) and status is null
     and (kind = 'approval' or kind = 'sleep' and due_at > clock_timestamp())`,
    [ids],
  )
  for (const { job_id: job, key, kind } of rows) {
    if (kind === 'sleep') await host.passTime(String(job))
    else await answer(host, String(job), String(key))
  }
}

async function answer(host: WorkflowHost, job: string, key: string): Promise<void> {
  const payload = JSON.stringify({ nth: key })
  await resumeFlow(host.base.db, { workspaceId: 'admins', job, module: key, resumeId: 1, payload, approved: true })
}

/** Points of the steps and tasks of a workflow whose ends are written: those of steps are called as these are. */
async function readKept(host: WorkflowHost, id: string): Promise<ReadonlySet<string>> {
  const { rows } = await host.query(
    `select key as point from workflow_checkpoint where job_id = $1 and status is not null
     union select j.args->>'point' from job j join job_outcome o on o.id = j.id where j.parent_job = $1`,
    [id],
  )
  return new Set(rows.map(({ point }) => String(point)))
}

async function lookAtRows(host: WorkflowHost, id: string): Promise<Pick<Story, 'keys' | 'startedTwice' | 'left'>> {
  const keys = await host.query('select key from workflow_checkpoint where job_id = $1 order by key', [id])
  const twice = await host.query(
    'select flow_step_id as step from job where parent_job = $1 group by flow_step_id having count(*) > 1',
    [id],
  )
  const left = await host.query(
    `select (select count(*) from flow_run where id = $1) + (select count(*) from flow_event where frame_id = $1)
       + (select count(*) from workflow_checkpoint where job_id = $1 and status is null) as left`,
    [id],
  )
  return {
    keys: keys.rows.map(({ key }) => String(key)),
    startedTwice: twice.rows.map(({ step }) => String(step)),
    left: Number(left.rows[0]?.['left']),
  }
}
