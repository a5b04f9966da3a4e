import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { keepMessages, listMessages } from '@millrace/db/tables/agent-message'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Notifier } from '../notifier.ts'
import { forgetAgentMessages } from './forget-agent-messages.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

const memory = { workspace: 'admins', scope: 'f/x/chat', memoryId: 'm', step: 'a' }
const list = async () => {
  const rows = await listMessages(base.db.kysely, memory, { limit: 10, until: undefined })
  return rows.map(({ message }) => message)
}

test('what an agent heard longer ago than runs are kept is forgotten', async () => {
  const { db } = base
  await keepMessages(db.kysely, memory, { run: 'r1', messages: ['"old"'], kept: 10 })
  await db.pool.query("update agent_message set said_at = now() - interval '31 days'")
  await keepMessages(db.kysely, memory, { run: 'r2', messages: ['"new"'], kept: 10 })
  const context = { db, notifier: new Notifier(db.options, silentLogger), log: silentLogger, leaseMs: 2000 }
  expect(await forgetAgentMessages.runOnce({ ...context, retentionDays: 30 })).toEqual({ did: { messages: 1 } })
  expect(await list()).toEqual(['"new"'])
})

test('of a conversation the newest messages are kept, and what is told again is kept once (F98)', async () => {
  const keep = (run: string, ...messages: readonly string[]) =>
    keepMessages(base.db.kysely, memory, { run, messages, kept: 2 })
  await keep('r3', '1', '2')
  await keep('r3', '1', '2')
  await keep('r4', '3')
  expect(await list()).toEqual(['2', '3'])
})
