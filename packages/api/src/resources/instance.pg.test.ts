import { openClient } from '@millrace/db'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi({}, { alarms: { transactionMs: 0, deadRows: 1e9, walBytes: 1e15 } })
})
afterAll(() => fixture.stop())

test('superadmins see what keeps the database from cleaning up, others do not', async () => {
  const { token } = await fixture.makeWorkspace()
  expect((await fixture.call('/health/alarms', { token })).statusCode).toBe(403)
  const culprit = openClient({ ...fixture.db.options, poolSize: 1, applicationName: 'culprit' })
  await culprit.connect()
  await culprit.query('begin isolation level repeatable read')
  await culprit.query('select 1 as pinned')
  const reply = await fixture.call('/health/alarms', { token: SECRET })
  await culprit.end()
  expect(reply.statusCode).toBe(200)
  const { alarms, tables } = reply.json<{ alarms: { facts: Record<string, unknown> }[]; tables: { table: string }[] }>()
  expect(alarms.map(({ facts }) => facts['query'])).toContain('select 1 as pinned')
  expect(tables[0]?.table).toBe('job_queue')
})
