import { silentLogger, type Logger } from '@millrace/base/logger'
import { openClient } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DutyContext } from './duties/duty.ts'
import { watchDatabase as duty } from './duties/watch-database.ts'
import { Notifier } from './notifier.ts'
import { watchDatabase, type Alarm, type AlarmThresholds } from './sql/alarms.ts'
import { waitUntil } from './testing/wait-until.ts'

const NEVER: AlarmThresholds = { transactionMs: 1e9, deadRows: 1e9, walBytes: 1e15 }
const AT_ONCE: AlarmThresholds = { ...NEVER, transactionMs: 0 }

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

describe('alarms', () => {
  test('a session that keeps rows from being vacuumed is named, with its query, until it ends', async () => {
    const culprit = await open(base.url, 'culprit')
    await culprit.query('begin isolation level repeatable read')
    const { rows } = await culprit.query<{ pid: number }>('select pg_backend_pid() as pid')
    const [alarm] = await sessionsNamed('culprit')
    expect(alarm).toMatchObject({
      kind: 'session',
      subject: `process ${rows[0]?.pid}`,
      facts: {
        application: 'culprit',
        user: 'millrace',
        state: 'idle in transaction',
        query: 'select pg_backend_pid() as pid',
      },
    })
    expect(alarm?.message).toMatch(/rows that died since.*pg_terminate_backend\(\d+\)/)
    expect(alarm?.since).toBeInstanceOf(Date)
    expect(await sessionsNamed('culprit', NEVER)).toEqual([])
    await culprit.query('rollback')
    expect(await sessionsNamed('culprit')).toEqual([])
  })

  test('a session in a transaction that keeps only locks is named for them', async () => {
    const culprit = await open(base.url, 'locker')
    await culprit.query('begin')
    await culprit.query('select from job_queue')
    const [alarm] = await sessionsNamed('locker')
    expect(alarm?.message).toContain('its locks stay')
  })

  test('of another user we say who it is, and whether we see all', async () => {
    expect((await watchDatabase(base.db, NEVER)).seesAllSessions).toBe(false)
    const stranger = await open(base.superuserUrl, 'stranger')
    await stranger.query('begin isolation level repeatable read')
    await stranger.query('select 1')
    // When it began is hidden from us, and it is young: nothing to say.
    expect(await sessionsNamed('stranger')).toEqual([])
    await stranger.query('rollback')
  })

  test('a replication slot that keeps log is named with what it keeps', async () => {
    const admin = await open(base.superuserUrl, 'admin')
    const slot = `s_${process.pid}`
    await admin.query(`select pg_create_physical_replication_slot('${slot}', true)`)
    onTestFinished(async () => void (await admin.query(`select pg_drop_replication_slot('${slot}')`)))
    await base.db.pool.query(
      `insert into instance_value (key, value) select 'k' || n, to_jsonb(repeat('x', 1000)) from generate_series(1, 500) as n`,
    )
    const { alarms } = await watchDatabase(base.db, { ...NEVER, walBytes: 100_000 })
    const found = alarms.find((alarm) => alarm.subject === `replication slot ${slot}`)
    expect(found?.facts).toMatchObject({ slot, active: false })
    expect(Number(found?.facts['bytes'])).toBeGreaterThan(100_000)
  })

  test('a table full of dead rows is named, and one that is not vacuumed', async () => {
    const client = await open(base.url, 'writer')
    await client.query(`alter table job_queue set (autovacuum_enabled = off)`)
    await client.query(
      `insert into job_queue (id, workspace_id, tag, state) select gen_random_uuid(), 'admins', 't', 'ready' from generate_series(1, 500)`,
    )
    await client.query('delete from job_queue')
    await client.query('select pg_stat_force_next_flush()')
    await client.query('select 1')
    const { alarms, tables } = await watchDatabase(base.db, { ...NEVER, deadRows: 100 })
    expect(alarms.map(({ kind, subject }) => `${kind}: ${subject}`)).toEqual([
      'dead_rows: table job_queue',
      'autovacuum: autovacuum of job_queue',
    ])
    expect(tables[0]).toMatchObject({ table: 'job_queue', isVacuumed: false })
    expect(tables[0]?.deadRows).toBeGreaterThanOrEqual(500)
    await client.query(`alter table job_queue reset (autovacuum_enabled)`)
    await client.query('vacuum job_queue')
    expect((await watchDatabase(base.db, { ...NEVER, deadRows: 100 })).alarms).toEqual([])
  })

  test('the duty looks every minute and says an alarm once, and when it is over', async () => {
    const lines: string[] = []
    const log: Logger = {
      ...silentLogger,
      warn: (fields, message) => void lines.push(`${String(fields['application'])}: ${message.split(' has been')[0]}`),
      info: (_fields, message) => void lines.push(message),
    }
    const notifier = new Notifier(base.db.options, silentLogger)
    const context: DutyContext = { db: base.db, notifier, log, leaseMs: 2000, retentionDays: 30, alarms: AT_ONCE }
    const culprit = await open(base.url, 'pinner')
    await culprit.query('begin isolation level repeatable read')
    const { rows } = await culprit.query<{ pid: number }>('select pg_backend_pid() as pid')
    await duty.runOnce(context)
    await duty.runOnce(context)
    const said = lines.filter((line) => line.startsWith('pinner'))
    expect(said).toEqual([`pinner: Process ${rows[0]?.pid} of PostgreSQL (pinner, user millrace)`])
    await culprit.query('rollback')
    await waitUntil('the alarm is over', 10_000, async () => {
      await duty.runOnce(context)
      return lines.includes('the alarm is over')
    })
    expect(duty.everyMs(context)).toBeLessThanOrEqual(60_000)
  })
})

async function sessionsNamed(application: string, thresholds = AT_ONCE): Promise<readonly Alarm[]> {
  const { alarms } = await watchDatabase(base.db, thresholds)
  return alarms.filter((alarm) => alarm.facts['application'] === application)
}

async function open(url: string, applicationName: string) {
  const client = openClient({ url, poolSize: 1, applicationName })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}
