import { demand } from '@millrace/queue/testing/prove'
import type { Finished, WorkerServer } from '../worker-server.ts'

/** What a job does that runs beside hostile ones. */
const NEIGHBOUR = { language: 'bash', content: 'for n in 1 2 3 4 5; do sleep 0.02; done; echo fine' } as const

/** Jobs that ran beside others, and what is wrong with them. */
export interface Neighbours {
  readonly count: number
  readonly harmed: number
  readonly faults: readonly string[]
}

/** Keeps so many harmless jobs running, one after the other each, while `work` goes on. */
export async function besideNeighbours(
  server: WorkerServer,
  count: number,
  work: () => Promise<void>,
): Promise<Neighbours> {
  const ended: Finished[] = []
  let isOver = false
  const keepRunning = async () => {
    while (!isOver) ended.push(await server.run(NEIGHBOUR))
  }
  const all = Promise.all(Array.from({ length: count }, keepRunning))
  // Where the work throws, that is what is told.
  all.catch(() => undefined)
  try {
    await work()
  } finally {
    isOver = true
  }
  await all
  const harmed = ended.filter(({ status, result }) => status !== 'success' || result !== 'fine')
  return {
    count: ended.length,
    harmed: harmed.length,
    faults: demand(harmed.length === 0, `${harmed.length} neighbours failed: ${JSON.stringify(harmed[0])}`),
  }
}
