import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEPTHS } from './sql/depths.ts'
import { HELD } from './sql/held.ts'
import { readLines } from './sql/read-lines.ts'
import { ARRIVALS, RUNS } from './sql/tag-rates.ts'
import { TENANTS } from './sql/tenants.ts'

/** Rows of the queue here, of three deep tags with 500 tenants and of thirty with parked jobs. */
const ROWS = 300_000

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  const id = `('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`
  await base.db.pool.query(
    `insert into job_queue (id, workspace_id, tag, state, priority, fair)
     select ${id}, 'w' || n % 500, 'deep-' || n % 3, 'ready', n % 2, n from generate_series(1, $1::int) n`,
    [ROWS],
  )
  await base.db.pool.query(
    `insert into job_queue (id, workspace_id, tag, state, due_at)
     select ${id}, 'w' || n % 500, 'late-' || n % 30, 'scheduled', now() + interval '1 hour'
     from generate_series($1::int + 1, $1::int + 30000) n`,
    [ROWS],
  )
  const now = `(select millrace_first_id(now()))`
  await base.db.pool.query(
    `insert into job (id, workspace_id, kind, tag, created_by, email, permissioned_as)
     select (left(${now}::text, 19) || '8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'w', 'noop', 'deep-0', 'a', 'a', 'a'
     from generate_series(1, 30000) n`,
  )
  await base.db.pool.query(
    `insert into job_outcome (id, workspace_id, status, started_at, duration_ms, wait_ms, attempt)
     select id, workspace_id, 'success', now(), 5, 0, 1 from job`,
  )
})
afterAll(() => base.drop())

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

const deep = ['deep-0', 'deep-1', 'deep-2']

test.each([false, true])('Q35 Q38 no reading walks what waits (with fresh statistics: %s)', async (isAnalyzed) => {
  if (isAnalyzed) await base.db.pool.query('vacuum analyze job_queue, job, job_outcome')
  expect(await walked(HELD, [1000, 10_000, 50_000])).toBeLessThan(51_000)
  expect(await walked(DEPTHS, [1000, 60_000, null, 1000, 0, 10_000, 100_000])).toBeLessThan(65_000)
  expect(await walked(TENANTS, [deep, 100, 10_000, 100_000, 1000, ['deep-0'], ['w0'], [1]])).toBeLessThan(110_000)
  expect(await walked(ARRIVALS, [60_000, 5000])).toBeLessThanOrEqual(5001)
  expect(await walked(RUNS, [2000])).toBeLessThanOrEqual(4001)
})

/** Rows of our tables that a statement reads, by an index at every place. */
async function walked(text: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await readLines(base.db, (client) =>
    client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${text}`, [...values]),
  )
  const scans = flatten(rows[0]?.['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name']?.startsWith('job'))
  expect(scans.length).toBeGreaterThan(0)
  expect(scans.map((node) => node['Node Type'])).not.toContain('Seq Scan')
  const rowsOf = (node: Plan) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
  return scans.reduce((sum, node) => sum + rowsOf(node), 0)
}

function flatten(plan: Plan | undefined): readonly Plan[] {
  return plan ? [plan, ...(plan.Plans ?? []).flatMap(flatten)] : []
}
