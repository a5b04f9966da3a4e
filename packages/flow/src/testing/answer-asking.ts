import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { resumeFlow } from '../shell/resume-flow.ts'
import { findAsking } from './crash-rows.ts'
import type { Shape } from './crash-shapes.ts'

/** Between two looks. */
const LOOK_MS = 40

/** People who answer flows that ask, each as often as its shape says, until they are stopped. */
export function answerAsking(
  db: Database,
  flows: readonly { readonly id: string; readonly shape: Shape }[],
  tell: (id: string) => void,
): { stop(): Promise<void> } {
  const over = new AbortController()
  const wanted = flows.filter(({ shape }) => shape.approvals > 0)
  const underWay = new Map<string, Promise<void>>()
  const given = new Map<string, number>()

  // A flow that stands still may hold the lock that an answer waits for: nobody else waits with it.
  async function answer(id: string): Promise<void> {
    const resumeId = (given.get(id) ?? 0) + 1
    const said = { payload: String(resumeId), approved: true }
    const { kind } = await resumeFlow(db, { workspaceId: 'admins', job: id, resumeId, ...said })
    if (kind !== 'not_waiting') given.set(id, resumeId)
    tell(id)
  }

  async function look(): Promise<void> {
    const open = wanted.filter(({ id, shape }) => !underWay.has(id) && (given.get(id) ?? 0) < shape.approvals)
    if (open.length === 0) return
    const asking = await findAsking(
      db,
      open.map(({ id }) => id),
    )
    for (const id of asking)
      underWay.set(
        id,
        answer(id).finally(() => underWay.delete(id)),
      )
  }

  async function work(): Promise<void> {
    while (!over.signal.aborted) {
      await look()
      await sleep(LOOK_MS, over.signal)
    }
    await Promise.all(underWay.values())
  }

  const done = work()
  return {
    async stop() {
      over.abort()
      await done
    },
  }
}
