import { newId } from '@millrace/base/ids'
import { inWorkspace, type Database } from '@millrace/db'
import { restartFlow } from '../repair/restart-flow.ts'
import { resumeFlow } from '../shell/resume-flow.ts'
import { flowJob, outcomeOf, startFlowHost, step } from './flow-fixture.ts'
import { waitUntil } from '@millrace/queue/testing/wait-until'

const END_MS_MAX = 20_000
const ENDED = 'select from job_outcome where id = $1'

/** What came of many answers to one step. */
export interface ApprovalStory {
  /** Answers by what became of them. */
  readonly taken: number
  readonly refused: number
  /** Jobs of the step behind, and how often it ran. */
  readonly jobs: number
  readonly runs: number
  /** What the first run gave and the restarted one, and how many it asked. */
  readonly first: { readonly status: string; readonly result: unknown }
  readonly again: { readonly status: string; readonly result: unknown }
  readonly askedAgain: number
}

/** So many say yes to one step at the same moment; the step behind it fails, and the run begins again there. */
export async function approveAtOnce(db: Database, answers: number): Promise<ApprovalStory> {
  const tag = `t-${newId().slice(-12)}`
  let runs = 0
  const after = (args: Readonly<Record<string, unknown>>) => {
    runs += 1
    if (runs === 1) throw new Error('not yet')
    return args
  }
  const host = await startFlowHost({ db, tag, code: { ask: () => 'asked', after }, leaseMs: 20_000 })
  try {
    const document = {
      modules: [
        step('a', 'ask', {}, { suspend: { required_events: 1, timeout: 600 } }),
        step('b', 'after', { payload: '=resume', all: '=resumes.length', by: '=approvers' }),
      ],
    }
    const id = newId()
    await host.queue.enqueue([{ ...flowJob(tag, document), id }])
    await waitUntil('the flow asks', END_MS_MAX, async () => (await phaseOf(db, id)) === 'awaiting')
    const given = Array.from({ length: answers }, async (_, resumeId) => {
      const said = { payload: JSON.stringify(resumeId), approver: `u${resumeId}`, approved: true }
      const resumed = await resumeFlow(db, { workspaceId: 'admins', job: id, resumeId, ...said })
      if (resumed.kind === 'taken') host.shell.deliver(resumed.frame)
      return resumed.kind
    })
    const kinds = await Promise.all(given)
    const first = await ended(db, id)
    const runsBefore = runs
    const again = await restart(id, document)
    return {
      taken: kinds.filter((kind) => kind === 'taken').length,
      refused: kinds.filter((kind) => kind === 'not_waiting').length,
      jobs: await count(db, "select from job where parent_job = $1 and flow_step_id = 'b'", id),
      runs: runsBefore,
      first,
      again: await ended(db, again),
      askedAgain: await count(db, "select from job where parent_job = $1 and flow_step_id = 'a'", again),
    }

    async function restart(before: string, value: unknown): Promise<string> {
      const places = [{ step: 'b' }] as const
      const begun = await inWorkspace(db, 'admins', (tx) =>
        restartFlow(host.queue, tx, { job: flowJob(tag, value), document: value, places, before }),
      )
      if (!begun.ok) throw new Error(begun.error)
      begun.value.announce()
      return begun.value.id
    }
  } finally {
    await host.stop()
  }
}

async function ended(db: Database, id: string) {
  await waitUntil('the flow has ended', END_MS_MAX, async () => (await count(db, ENDED, id)) === 1)
  return await outcomeOf(db, id)
}

async function phaseOf(db: Database, id: string): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ phase: string | null }>(
    "select state #>> '{current,phase}' as phase from flow_run where id = $1",
    [id],
  )
  return rows[0]?.phase ?? undefined
}

async function count(db: Database, text: string, id: string): Promise<number> {
  return (await db.pool.query(text, [id])).rowCount ?? 0
}
