import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { resumeFlow } from '@millrace/flow'
import type { Program } from './random-program.ts'
import { tagOfTest, type CutWorker, type WorkflowHost } from './workflow-host.ts'

const END_MS_MAX = 60_000

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
}

/** Runs a program whose worker is gone when it comes to a point for the first time; another one goes on. */
export async function runProgram(host: WorkflowHost, program: Program, crashAt?: string): Promise<Story> {
  const tag = tagOfTest()
  const doomed = await host.startWorker(tag)
  const heirs: CutWorker[] = []
  const counts = new Map<string, number>()
  let atCrash: { readonly counts: ReadonlyMap<string, number>; readonly kept: number } | undefined
  let id = ''
  const points = await listen(async (point) => {
    const count = (counts.get(point) ?? 0) + 1
    counts.set(point, count)
    if (point !== crashAt || atCrash) return String(count)
    doomed.cut()
    atCrash = { counts: new Map(counts), kept: 0 }
    heirs.push(await host.startWorker(tag))
    return undefined
  })
  try {
    const preview = { language: 'bun', content: program.content, args: { to: points.url }, tag }
    id = await host.enqueue(preview)
    const ended = await goOn(host, id)
    return {
      status: ended.status,
      result: ended.result,
      points: [...counts.keys()],
      runAgain: atCrash ? runAgain(counts, atCrash.counts) : [...counts].filter(isBodyTwice).map(([point]) => point),
      ...(await lookAtRows(host, id)),
    }
  } finally {
    points.close()
    await Promise.all([doomed, ...heirs].map((worker) => worker.stop()))
  }
}

/** Bodies of steps run once; one of them that was under way may run once more. */
function runAgain(counts: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .filter(([point, count]) => isBody(point) && count - (before.get(point) ?? 0) > 1)
    .map(([point]) => point)
}

function isBodyTwice([point, count]: readonly [string, number]): boolean {
  return isBody(point) && count > 1
}

/** What is outside of steps runs at each replay, and what is tried again runs as often as it says. */
function isBody(point: string): boolean {
  return !/^(?:begin|after|shaky)/.test(point)
}

/** Lets time pass and answers, until the workflow is over. */
async function goOn(host: WorkflowHost, id: string) {
  await waitUntil(`the workflow ${id} has ended`, END_MS_MAX, async () => {
    if ((await host.query('select from job_outcome where id = $1', [id])).rowCount === 1) return true
    await host.passTime(id)
    await answer(host, id)
    return false
  })
  return await host.ended(id)
}

async function answer(host: WorkflowHost, id: string): Promise<void> {
  const { rows } = await host.query(
    `select key from workflow_checkpoint where job_id = $1 and kind = 'approval' and status is null`,
    [id],
  )
  for (const { key } of rows) {
    const payload = JSON.stringify({ nth: key })
    const resume = { workspaceId: 'admins', job: id, module: String(key), resumeId: 1, payload, approved: true }
    await resumeFlow(host.base.db, resume)
  }
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

interface Points {
  readonly url: string
  close(): void
}

/** Where programs say how far they have come; without an answer they come no further. */
async function listen(onPoint: (point: string) => Promise<string | undefined>): Promise<Points> {
  const server: Server = createServer((request, reply) => {
    const point = decodeURIComponent((request.url ?? '').slice(1))
    void onPoint(point).then((text) => text !== undefined && reply.end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
