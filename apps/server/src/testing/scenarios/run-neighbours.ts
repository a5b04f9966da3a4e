import { demand } from '@millrace/queue/testing/prove'
import { errorName, type Code, type Finished, type WorkerServer } from '../worker-server.ts'

/** What jobs do that run beside hostile ones: one for each way in which a job comes into its box. */
const NEIGHBOURS: readonly Code[] = [
  { language: 'bash', content: 'for n in 1 2 3 4 5; do sleep 0.02; done; echo fine' },
  { language: 'python3', content: 'import time\ndef main():\n    time.sleep(0.1)\n    return "fine"\n' },
  {
    language: 'bun',
    content: 'export async function main() { await new Promise((resolve) => setTimeout(resolve, 100)); return "fine" }',
  },
]

/** Jobs that ran beside others, and what is wrong with them. */
export interface Neighbours {
  readonly count: number
  readonly harmed: number
  readonly faults: readonly string[]
}

/** Keeps so many harmless jobs running, one after the other each, in the languages that there are, while `work` goes on. */
export async function besideNeighbours(
  server: WorkerServer,
  count: number,
  work: () => Promise<void>,
): Promise<Neighbours> {
  const able = await findAble(server)
  const ended: Finished[] = []
  let isOver = false
  const keepRunning = async (neighbour: Code | undefined) => {
    while (neighbour && !isOver) ended.push(await server.run(neighbour))
  }
  const all = Promise.all(Array.from({ length: count }, (_, at) => able[at % able.length]).map(keepRunning))
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

/** Those whose language is installed. */
async function findAble(server: WorkerServer): Promise<readonly Code[]> {
  const able: Code[] = []
  for (const neighbour of NEIGHBOURS)
    if (errorName(await server.run(neighbour)) !== 'ToolchainMissing') able.push(neighbour)
  return able
}
