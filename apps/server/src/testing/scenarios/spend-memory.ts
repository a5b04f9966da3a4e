import { demand, type Proof } from '@millrace/queue/testing/prove'
import { below, seededRandom } from '@millrace/queue/testing/seeded-random'
import { errorName, WorkerServer, type Finished } from '../worker-server.ts'
import { HOGS, type Hog } from './hogs.ts'
import { besideNeighbours } from './run-neighbours.ts'

/** How many jobs run out of memory, one after another, and how many others run all the time. */
export interface MemoryPlan {
  readonly hogs: number
  readonly neighbours: number
  /** In compiled languages as well, whose builds take long. */
  readonly compiled: boolean
}

const MB = 1_048_576
/** What a compiler needs for a small program fits as well. */
const MEMORY_MB = 256
/** How far the peak that is told may be from the bound. */
const PEAK_SHARE_MAX = 0.05

/**
 * R9: jobs run out of memory while others run, in each family of languages that is installed. Each is told so with the peak, within 5%
 * of its bound; no other job fails, and the worker lives.
 */
export async function spendMemory({ hogs, neighbours, compiled }: MemoryPlan, seed: number): Promise<Proof> {
  const random = seededRandom(seed)
  const server = await WorkerServer.start({ JOB_MEMORY_MB: String(MEMORY_MB), WORKER_SLOTS: String(neighbours + 1) })
  try {
    const ended: (Finished & Pick<Hog, 'language'>)[] = []
    const able = HOGS.filter(({ isCompiled }) => compiled || !isCompiled)
    const tried = new Set<string>()
    const spend = async () => {
      // Each comes about as often, and another one first each time.
      const offset = below(random, able.length)
      for (let at = 0; ended.length < hogs; at += 1) {
        const hog = able[(at + offset) % able.length] ?? able[0]
        if (!hog) throw new Error('there are hogs')
        const end = await server.run(hog)
        if (errorName(end) === 'ToolchainMissing') continue
        tried.add(hog.language)
        ended.push({ ...end, language: hog.language })
      }
    }
    const beside = await besideNeighbours(server, neighbours, spend)
    const told = ended.filter((each) => errorName(each) === 'OutOfMemory')
    const distances = told.map(({ peakBytes = 0 }) => Math.abs(peakBytes / (MEMORY_MB * MB) - 1))
    const farthest = Math.max(0, ...distances)
    return {
      figures: {
        hogs: ended.length,
        languages: tried.size,
        'told so': told.length,
        'peak off by': `${(farthest * 100).toFixed(1)}%`,
        neighbours: beside.count,
        harmed: beside.harmed,
      },
      faults: [
        ...demand(
          told.length === hogs,
          `of ${hogs} jobs only ${told.length} were told: ${JSON.stringify(ended.find((each) => !told.includes(each)))}`,
        ),
        ...demand(farthest <= PEAK_SHARE_MAX, `a peak was ${(farthest * 100).toFixed(1)}% from the bound`),
        ...demand(beside.count >= hogs, `only ${beside.count} jobs ran beside ${hogs} hogs`),
        ...beside.faults,
      ],
    }
  } finally {
    await server.close()
  }
}
