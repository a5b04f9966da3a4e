import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Notifier } from '../notifier.ts'
import { deliverFlowEvents, WAKE } from './deliver-flow-events.ts'

/** Frames in each state here. */
const FRAMES = 3000

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  const id = `('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
  // Those that are late stand in line, others sleep on, and most are over and not vacuumed.
  await base.db.pool.query(
    `with frame as (select ${id} as id, n <= $1::int as is_late, n > 2 * $1::int as is_over from generate_series(1, 8 * $1::int) n), run as (
       insert into flow_run (id, workspace_id, flow_id, pointer, before, state, version, wake_at, stopped)
       select id, 'admins', id, '{"kind":"root"}', '{"kind":"null"}', '{}', 1,
         now() + case when is_late then -1 else 1 end * interval '1 minute', is_over from frame
     ), happened as (
       insert into flow_event (frame_id, workspace_id, kind, module, created_at)
       select id, 'admins', 'resumed', 'a', now() - interval '1 minute' from frame where is_late
     )
     insert into job_queue (id, workspace_id, tag, state, due_at)
     select id, 'admins', 'flow', case when is_late then 'ready' else 'scheduled' end, now() + interval '1 minute'
     from frame where not is_over`,
    [FRAMES],
  )
  await base.db.pool.query('delete from flow_run where stopped')
})
afterAll(() => base.drop())

interface Plan {
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Join Filter'?: number
  readonly Plans?: readonly Plan[]
}

test('F64 what nobody took in is not compared with all that waits, whatever statistics say', async () => {
  const { rows } = await base.db.pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `explain (analyze, format json) ${WAKE}`,
    [300, 500, 5],
  )
  const nodes = flatten(rows[0]?.['QUERY PLAN'][0].Plan)
  expect(nodes.find((node) => node['Relation Name'] === 'flow_event')?.['Actual Rows']).toBe(FRAMES)
  const lookedAt = (node: Plan) =>
    node['Actual Loops'] *
    (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0))
  expect(nodes.reduce((sum, node) => sum + lookedAt(node), 0)).toBeLessThan(20 * FRAMES)
})

test('F64 a frame that nobody took something in for is made ready, and no other one', async () => {
  const { db } = base
  const [left, asleep] = [newId(), newId()]
  await db.pool.query(
    `with frame as (select unnest($1::uuid[]) as id), run as (
       insert into flow_run (id, workspace_id, flow_id, pointer, before, state, version)
       select id, 'admins', id, '{"kind":"root"}', '{"kind":"null"}', '{}', 1 from frame
     ), happened as (
       insert into flow_event (frame_id, workspace_id, kind, module, created_at)
       values ($2, 'admins', 'resumed', 'a', now() - interval '1 minute'), ($3, 'admins', 'resumed', 'a', now() + interval '1 minute')
     )
     insert into job_queue (id, workspace_id, tag, state) select id, 'admins', 'left', 'suspended' from frame`,
    [[left, asleep], left, asleep],
  )
  const notifier = new Notifier(db.options, silentLogger)
  const context = { db, notifier, log: silentLogger, leaseMs: 2000, retentionDays: 30 }
  expect(await deliverFlowEvents.runOnce(context)).toMatchObject({ did: { frames: 1 } })
  const { rows } = await db.pool.query<{ id: string; state: string }>(
    `select id, state from job_queue where tag = 'left'`,
  )
  expect(new Map(rows.map(({ id, state }) => [id, state]))).toEqual(
    new Map([
      [left, 'ready'],
      [asleep, 'suspended'],
    ]),
  )
})

function flatten(plan: Plan | undefined): readonly Plan[] {
  return plan ? [plan, ...(plan.Plans ?? []).flatMap(flatten)] : []
}
