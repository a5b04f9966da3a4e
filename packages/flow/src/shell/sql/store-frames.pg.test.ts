import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flowJob, outcomeOf, preparePartitions, startFlowHost, type FlowHost } from '../../testing/flow-fixture.ts'
import { loadFrames } from './load-frame.ts'
import { storeFrames, type Storing } from './store-frames.ts'

const FRAMES = 20
const tag = `t-${newId()}`

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({ db: base.db, tag, code: {} })
  // Counts statements, not rows.
  await base.db.pool.query(`
    create table written (into_table text not null);
    create function note_statement() returns trigger language plpgsql as $$
      begin insert into written values (tg_table_name); return null; end $$;
    create trigger is_counted after insert on job_outcome for each statement execute function note_statement();
    create trigger is_counted after insert on flow_past for each statement execute function note_statement();
    create trigger is_counted after delete on job_queue for each statement execute function note_statement()`)
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

/** Runs that sleep for an hour. */
async function fallAsleep(count: number): Promise<readonly string[]> {
  const nap = { id: 'a', value: { type: 'identity' }, sleep: { type: 'static', value: 3600 } }
  const asked = Array.from({ length: count }, (_, n) => flowJob(tag, { modules: [nap] }, { n }))
  const ids = await host.queue.enqueue(asked)
  await waitUntil('all are asleep', 10_000, async () => {
    const { rows } = await base.db.pool.query<{ count: number }>(
      `select count(*)::int as count from job_queue where id = any($1) and state = 'scheduled'`,
      [ids],
    )
    return rows[0]?.count === count
  })
  return ids
}

/** The end of each of them, with what it was given as its result. */
async function endingsOf(ids: readonly string[]): Promise<readonly Storing[]> {
  const frames = await loadFrames(base.db.pool, ids)
  return ids.map((id): Storing => {
    const frame = frames.get(id)
    invariant(frame?.state, 'it sleeps')
    const { state, awaits } = frame
    const end = { status: 'success', stopped: false, result: { kind: 'input', frame: id } } as const
    const nothing = { jobs: [], frames: [], lists: [], ended: [], untold: new Set<string>() }
    const plan = { ...nothing, state, awaits, end, wakeAfterMs: undefined, input: undefined, early: undefined }
    return { frame, pending: undefined, plan, result: { kind: 'input', frame: id }, attempt: undefined }
  })
}

test('F61 frames that end together do so in one statement each for outcomes, past and queue', async () => {
  const ids = await fallAsleep(FRAMES)
  await base.db.pool.query('delete from written')
  const stored = await storeFrames(base.db.pool, await endingsOf(ids))
  expect([...stored.values()].filter(({ isStored }) => isStored)).toHaveLength(FRAMES)
  const { rows } = await base.db.pool.query<{ into_table: string }>('select into_table from written order by 1')
  expect(rows.map((row) => row.into_table)).toEqual(['flow_past', 'job_outcome', 'job_queue'])
  const outcomes = await Promise.all(ids.map((id) => outcomeOf(base.db, id)))
  expect(outcomes).toEqual(ids.map((_, n) => ({ status: 'success', result: { n } })))
})

test('F61 of frames that end together those end that nobody has changed since', async () => {
  const ids = await fallAsleep(3)
  const endings = await endingsOf(ids)
  await base.db.pool.query('update flow_run set version = version + 1 where id = $1', [ids[1]])
  const stored = await storeFrames(base.db.pool, endings)
  expect(ids.map((id) => stored.get(id)?.isStored)).toEqual([true, false, true])
  const { rows } = await base.db.pool.query<{ id: string }>('select id from job_queue where id = any($1)', [ids])
  expect(rows.map(({ id }) => id)).toEqual([ids[1]])
})
