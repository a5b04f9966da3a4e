import type { Database } from '@millrace/db'
import { insertAccount } from '@millrace/db/tables/account'
import { insertMember } from '@millrace/db/tables/member'
import { makePartitions } from '@millrace/queue'
import { mintToken } from '../../login/mint-token.ts'

/** A call that becomes a job which nobody works on. */
export const JOB = { kind: 'identity', args: { n: 1 }, tag: 'nobody' } as const
/** Where such calls go. */
export const RUN_PATH = '/w/admins/jobs/run/preview'

/** A member of the workspace `admins`: its token. */
export async function makeCaller(db: Database): Promise<string> {
  await makePartitions(db)
  const email = 'crash@example.org'
  await insertAccount(db.kysely, { email, passwordHash: 'none', username: 'crash', superAdmin: false })
  await insertMember(db.kysely, 'admins', { username: 'crash', email, isAdmin: true, operator: false })
  return await mintToken(db.kysely, { email, kind: 'user' })
}

/** Which of these jobs there are. */
export async function existing(db: Database, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.pool.query<{ id: string }>(
    'select q.id from job_queue q join job j on j.id = q.id where q.id = any ($1)',
    [ids],
  )
  return new Set(rows.map((row) => row.id))
}
