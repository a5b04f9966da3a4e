import { closeDatabase, openDatabase } from '@millrace/db'
import { expect, test } from 'vitest'
import { isDatabaseAway } from './database-away.ts'

test.each(['postgresql://x@127.0.0.1:1/x', 'postgresql://x@/x?host=/no/such/folder'])(
  'a server that is not there is away: %s',
  async (url) => {
    const db = openDatabase({ url, poolSize: 1, applicationName: 'test' })
    const error = await db.pool.query('select 1').catch((reason: unknown) => reason)
    await closeDatabase(db)
    const after = await db.pool.query('select 1').catch((reason: unknown) => reason)
    expect([isDatabaseAway(error), isDatabaseAway(after)]).toEqual([true, true])
  },
)

test('a fault of ours and a missing file are not', () => {
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })
  const syntax = Object.assign(new Error('syntax error'), { code: '42601' })
  expect([missing, syntax, new TypeError('x'), undefined].map(isDatabaseAway)).toEqual([false, false, false, false])
})
