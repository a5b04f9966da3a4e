import { createTestDatabase } from '@millrace/db/testing'
import { demand, sayMs, type Proof } from '@millrace/queue/testing/prove'
import { ApiProcess, callApi } from '../api-process.ts'
import { JOB, makeCaller, RUN_PATH } from './ground.ts'

/** The clock of a machine and what a process said of it are not read at once. */
const READING_MS = 10_000
/** A call takes some time until it is written. */
const OFF_MS_MAX = 5000

/**
 * R8: servers whose clocks are wrong are asked for jobs in so many seconds and at an instant that lies between their clock and the
 * database's. Both are due by the clock of the database.
 */
export async function scheduleByDatabase(shiftsMs: readonly number[]): Promise<Proof> {
  const { url, db, drop } = await createTestDatabase()
  const servers = shiftsMs.map((shiftMs) => new ApiProcess(url, shiftMs))
  const inS = 60
  const offMs: number[] = []
  const wrongMs: number[] = []
  let early = 0
  try {
    const token = await makeCaller(db)
    for (const [index, server] of servers.entries()) {
      const address = await server.ready
      wrongMs.push(Math.abs(address.nowMs - Date.now() - (shiftsMs[index] ?? 0)))
      const at = new Date(Date.now() + inS * 1000).toISOString()
      for (const query of [`scheduled_in_secs=${inS}`, `scheduled_for=${encodeURIComponent(at)}`]) {
        const reply = await callApi(address, `${RUN_PATH}?${query}`, { token, body: JOB })
        const { rows } = await db.pool.query<{ state: string; ms: number }>(
          'select state, (extract(epoch from due_at - now()) * 1000)::float8 as ms from job_queue where id::text = $1',
          [reply?.text],
        )
        if (rows[0]?.state !== 'scheduled') early += 1
        offMs.push(Math.abs((rows[0]?.ms ?? Infinity) - inS * 1000))
      }
    }
    const worstMs = Math.max(...offMs)
    return {
      figures: {
        servers: servers.length,
        'clocks wrong by': shiftsMs.map(sayMs).join(' '),
        early,
        'off max': sayMs(worstMs),
      },
      faults: [
        ...demand(
          wrongMs.every((ms) => ms < READING_MS),
          'the clocks were not shifted',
        ),
        ...demand(early === 0, `${early} jobs could be claimed at once`),
        ...demand(worstMs <= OFF_MS_MAX, `a job is due ${sayMs(worstMs)} from when it was asked for`),
      ],
    }
  } finally {
    await Promise.all(servers.map((server) => server.kill()))
    await drop()
  }
}
