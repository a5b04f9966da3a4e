import { demand, type Proof } from '@millrace/queue/testing/prove'
import { below, seededRandom } from '@millrace/queue/testing/seeded-random'
import { errorName, WorkerServer, type Finished } from '../worker-server.ts'

/** How many jobs run out of memory, one after another, and how many others run all the time. */
export interface MemoryPlan {
  readonly hogs: number
  readonly neighbours: number
}

const MB = 1_048_576
const MEMORY_MB = 96
/** How far the peak that is told may be from the bound. */
const PEAK_SHARE_MAX = 0.05

/** Each takes memory until it is stopped. */
const HOGS = [
  { language: 'bash', content: 'tail /dev/zero' },
  {
    language: 'python3',
    content: 'def main():\n    taken = []\n    while True:\n        taken.append(b"x" * 1_000_000)\n',
  },
] as const
/** What a job does that runs beside them. */
const NEIGHBOUR = { language: 'bash', content: 'for n in 1 2 3 4 5; do sleep 0.02; done; echo fine' } as const

/**
 * R9: jobs run out of memory while others run. Each is told so with the peak, within 5% of its bound; no other job fails, and the
 * worker lives.
 */
export async function spendMemory({ hogs, neighbours }: MemoryPlan, seed: number): Promise<Proof> {
  const random = seededRandom(seed)
  const server = await WorkerServer.start({ JOB_MEMORY_MB: String(MEMORY_MB), WORKER_SLOTS: String(neighbours + 1) })
  let isOver = false
  const beside: Finished[] = []
  const keepRunning = async () => {
    while (!isOver) beside.push(await server.run(NEIGHBOUR))
  }
  try {
    const others = Promise.all(Array.from({ length: neighbours }, keepRunning))
    // Where a hog throws, that is what is told.
    others.catch(() => undefined)
    const ended: Finished[] = []
    for (let at = 0; at < hogs; at += 1) {
      // Each language comes about as often, and first of all in a different one each time.
      const hog = HOGS[(at + below(random, HOGS.length)) % HOGS.length] ?? HOGS[0]
      ended.push(await server.run(hog))
    }
    isOver = true
    await others
    const told = ended.filter((each) => errorName(each) === 'OutOfMemory')
    const distances = told.map(({ peakBytes = 0 }) => Math.abs(peakBytes / (MEMORY_MB * MB) - 1))
    const farthest = Math.max(0, ...distances)
    const harmed = beside.filter(({ status, result }) => status !== 'success' || result !== 'fine')
    return {
      figures: {
        hogs: ended.length,
        'told so': told.length,
        'peak off by': `${(farthest * 100).toFixed(1)}%`,
        neighbours: beside.length,
        harmed: harmed.length,
      },
      faults: [
        ...demand(
          told.length === hogs,
          `of ${hogs} jobs only ${told.length} were told: ${JSON.stringify(ended.find((each) => !told.includes(each)))}`,
        ),
        ...demand(farthest <= PEAK_SHARE_MAX, `a peak was ${(farthest * 100).toFixed(1)}% from the bound`),
        ...demand(beside.length >= hogs, `only ${beside.length} jobs ran beside ${hogs} hogs`),
        ...demand(harmed.length === 0, `${harmed.length} neighbours failed: ${JSON.stringify(harmed[0])}`),
      ],
    }
  } finally {
    isOver = true
    await server.close()
  }
}
