import { createTestDatabase } from '@millrace/db/testing'
import { demand, type Proof } from '@millrace/queue/testing/prove'
import { seededRandom, below } from '@millrace/queue/testing/seeded-random'
import { ApiProcess, callApi } from '../api-process.ts'
import { existing, JOB, makeCaller, RUN_PATH } from './ground.ts'

/** How often a server is killed, and how many call it at once. */
export interface AcceptPlan {
  readonly kills: number
  readonly callers: number
}

/** R6: kills the server (SIGKILL) as soon as it has accepted a job, while others call. What was accepted is there. */
export async function killAfterAccepting({ kills, callers }: AcceptPlan, seed: number): Promise<Proof> {
  const { url, db, drop } = await createTestDatabase()
  const random = seededRandom(seed)
  let next = new ApiProcess(url)
  try {
    const token = await makeCaller(db)
    const accepted: string[] = []
    for (let kill = 0; kill < kills; kill += 1) {
      const server = next
      const address = await server.ready
      next = new ApiProcess(url)
      let left = 1 + below(random, callers)
      await Promise.all(
        Array.from({ length: callers }, async () => {
          const reply = await callApi(address, RUN_PATH, { token, body: JOB })
          if (reply && reply.status < 300) accepted.push(reply.text)
          left -= 1
          if (left === 0) await server.kill()
        }),
      )
      await server.kill()
    }
    const there = await existing(db, accepted)
    const lost = accepted.filter((id) => !there.has(id))
    return {
      figures: { kills, accepted: accepted.length, there: there.size, lost: lost.length },
      faults: [
        ...lost.map((id) => `job ${id} was accepted and is not there`),
        ...demand(accepted.length >= kills, `${accepted.length} jobs were accepted by ${kills} servers`),
      ],
    }
  } finally {
    await next.kill()
    await drop()
  }
}
