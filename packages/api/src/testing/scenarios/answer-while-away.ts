import { sleep } from '@millrace/base/time'
import { OwnServer } from '@millrace/queue/testing/nemesis/stop-database'
import { demand, quantile, sayMs, type Proof } from '@millrace/queue/testing/prove'
import { below, seededRandom } from '@millrace/queue/testing/seeded-random'
import { ApiProcess, callApi, type Address } from '../api-process.ts'
import { existing, JOB, makeCaller, RUN_PATH } from './ground.ts'

/** How often the database is ended under the API. */
export interface AwayPlan {
  readonly restarts: number
  readonly callers: number
}

const RESUME_MS_MAX = 10_000

/**
 * R5: ends the database under an API that is called all the time. While it is away every call is answered 503, what was accepted
 * is there, and calls are accepted again within 10 s of its return.
 */
export async function answerWhileAway({ restarts, callers }: AwayPlan, seed: number): Promise<Proof> {
  const ground = await OwnServer.start()
  const random = seededRandom(seed)
  const api = new ApiProcess(ground.url)
  const token = await makeCaller(ground.db)
  const accepted: string[] = []
  const wrong = new Map<number, number>()
  const call = async (address: Address) => {
    const reply = await callApi(address, RUN_PATH, { token, body: JOB })
    if (reply && reply.status < 300) accepted.push(reply.text)
    else if (reply && reply.status !== 503) wrong.set(reply.status, (wrong.get(reply.status) ?? 0) + 1)
    return reply?.status
  }
  const enough = new AbortController()
  const resumedMs: number[] = []
  let awayAccepted = 0
  let away503 = 0
  let calling: Promise<unknown> = Promise.resolve()
  try {
    const address = await api.ready
    const keepCalling = async () => {
      while (!enough.signal.aborted) {
        await call(address)
        await sleep(5, enough.signal)
      }
    }
    calling = Promise.all(Array.from({ length: callers }, keepCalling))
    for (let restart = 0; restart < restarts; restart += 1) {
      await sleep(50 + below(random, 300))
      await ground.restart(restart % 2 === 0 ? 'SIGQUIT' : 'SIGKILL', async () => {
        const statuses = await Promise.all(Array.from({ length: callers }, () => call(address)))
        awayAccepted += statuses.filter((status) => status !== undefined && status < 300).length
        away503 += statuses.filter((status) => status === 503).length
      })
      const upMs = performance.now()
      while ((await call(address)) !== 201 && performance.now() - upMs < 2 * RESUME_MS_MAX) await sleep(10)
      resumedMs.push(performance.now() - upMs)
    }
    enough.abort()
    await calling
    const there = await existing(ground.db, accepted)
    const lost = accepted.filter((id) => !there.has(id)).length
    const slowestMs = quantile(resumedMs, 1)
    return {
      figures: {
        restarts,
        accepted: accepted.length,
        lost,
        'refused while away': away503,
        'resumed max': sayMs(slowestMs),
      },
      faults: [
        ...demand(lost === 0, `${lost} jobs were accepted and are not there`),
        ...demand(awayAccepted === 0, `${awayAccepted} calls were accepted while the database was away`),
        ...demand(
          away503 === restarts * callers,
          `${away503} of ${restarts * callers} calls were answered 503 while it was away`,
        ),
        ...demand(slowestMs <= RESUME_MS_MAX, `calls were accepted ${sayMs(slowestMs)} after the database was back`),
        ...[...wrong].map(([status, times]) => `${times} calls were answered ${status}`),
      ],
    }
  } finally {
    enough.abort()
    await calling
    await api.kill()
    await ground.drop()
  }
}
