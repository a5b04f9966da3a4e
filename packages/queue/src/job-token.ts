import { createHmac, createSecretKey, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto'
import { isUuid } from '@millrace/base/ids'
import type { Database } from '@millrace/db'

const PREFIX = 'mrj_'

/**
 * A job's token names the job and is signed by the instance; nothing is stored for it. It is good only while the job is
 * `running`, which the reader checks, so it dies with the job and a new attempt cannot be told from an old one by it.
 */
export function signJobToken(key: Buffer, jobId: string): string {
  const id = Buffer.from(jobId.replaceAll('-', ''), 'hex').toString('base64url')
  return `${PREFIX}${id}.${signature(key, jobId)}`
}

/** The job that a token names, or undefined when it is no token of ours. */
export function verifyJobToken(key: Buffer, token: string): string | undefined {
  if (!token.startsWith(PREFIX)) return undefined
  const [id = '', given = ''] = token.slice(PREFIX.length).split('.')
  const hex = Buffer.from(id, 'base64url').toString('hex')
  const jobId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  if (!isUuid(jobId)) return undefined
  const expected = Buffer.from(signature(key, jobId))
  const actual = Buffer.from(given)
  return actual.length === expected.length && timingSafeEqual(actual, expected) ? jobId : undefined
}

/** The key that job tokens are signed with; made at its first use, the same for every process on the database. */
export async function loadJobTokenKey(db: Database): Promise<Buffer> {
  const name = 'job_token_key'
  await db.pool.query(`insert into instance_value (key, value) values ($1, $2) on conflict do nothing`, [
    name,
    JSON.stringify(randomBytes(32).toString('base64')),
  ])
  const { rows } = await db.pool.query<{ value: string }>('select value from instance_value where key = $1', [name])
  return Buffer.from(rows[0]?.value ?? '', 'base64')
}

/** Keys as the library wants them: to make one takes longer than to sign with it. */
const keyObjects = new WeakMap<Buffer, KeyObject>()

function signature(key: Buffer, jobId: string): string {
  const object = keyObjects.get(key) ?? createSecretKey(key)
  keyObjects.set(key, object)
  return createHmac('sha256', object).update(jobId).digest('base64url')
}
