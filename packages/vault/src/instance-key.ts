import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { inTransaction, type Database } from '@millrace/db'
import { deriveKey, seal, unseal } from './seal.ts'

/** Where the instance's key may come from, in the order in which they count. */
export interface SecretKeys {
  /** From the environment or a file that it names. */
  readonly configured?: string | undefined
  /** From a file of this host alone; where there is none either, the database keeps it. */
  readonly ownFile?: string | undefined
}

/** The secrets of the database are sealed with a key that this process was not given. */
export class WrongKey extends Error {
  override readonly name = 'WrongKey'
}

const CHECK = 'secret_key_check'
const KEPT = 'secret_key'

type Client = Parameters<Parameters<typeof inTransaction>[1]>[0]

/**
 * The key that keys of workspaces are sealed with. The database knows a mark of it, so that a process with another key says so
 * at its start. A key that takes the place of the one before (a file's, or the one kept in the database) seals all keys of
 * workspaces anew, in the transaction that changes the mark.
 */
export async function loadInstanceKey(db: Database, keys: SecretKeys): Promise<Buffer> {
  return await inTransaction(db, async (client) => {
    await client.query(
      `select set_config('millrace.workspace', '*', true), pg_advisory_xact_lock(hashtextextended($1, 0))`,
      [CHECK],
    )
    const check = await readValue(client, CHECK)
    const kept = await readValue(client, KEPT)
    const given = keys.configured ?? keys.ownFile
    const secret = given ?? kept ?? randomBytes(32).toString('base64')
    if (given === undefined && kept === undefined) {
      if (check !== undefined) throw wrongKey()
      await writeValue(client, KEPT, secret)
    }
    if (check === undefined) await writeValue(client, CHECK, markOf(secret))
    else if (!isMarkOf(check, secret)) {
      const before = [keys.ownFile, kept].find((each) => each !== undefined && isMarkOf(check, each))
      if (before === undefined) throw wrongKey()
      await sealAnew(client, instanceKeyOf(before), instanceKeyOf(secret))
      await writeValue(client, CHECK, markOf(secret))
      await client.query('delete from instance_value where key = $1', [KEPT])
    }
    return instanceKeyOf(secret)
  })
}

/** Where the key of a workspace lies. */
export function placeOfWorkspaceKey(workspace: string): readonly string[] {
  return ['workspace_key', workspace]
}

function instanceKeyOf(secret: string): Buffer {
  return deriveKey(secret, 'instance key')
}

async function sealAnew(client: Client, before: Buffer, after: Buffer): Promise<void> {
  const { rows } = await client.query<{ workspace_id: string; sealed: Buffer }>(
    'select workspace_id, sealed from workspace_key for update',
  )
  for (const { workspace_id: workspace, sealed } of rows) {
    const place = placeOfWorkspaceKey(workspace)
    await client.query('update workspace_key set sealed = $2 where workspace_id = $1', [
      workspace,
      seal(after, unseal(before, sealed, place), place),
    ])
  }
  // Of jobs that run at this moment: what they have read from now on is sealed with the new key.
  await client.query('delete from job_secret')
}

function markOf(secret: string): string {
  return createHmac('sha256', deriveKey(secret, 'mark')).update('millrace').digest('base64')
}

function isMarkOf(mark: string, secret: string): boolean {
  const [given, expected] = [Buffer.from(mark), Buffer.from(markOf(secret))]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

async function readValue(client: Client, key: string): Promise<string | undefined> {
  const { rows } = await client.query<{ value: string }>('select value from instance_value where key = $1', [key])
  return rows[0]?.value
}

async function writeValue(client: Client, key: string, value: string): Promise<void> {
  await client.query(
    `insert into instance_value (key, value) values ($1, $2)
     on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [key, JSON.stringify(value)],
  )
}

function wrongKey(): WrongKey {
  return new WrongKey(
    'The secrets in this database are sealed with another key: start with the MILLRACE_SECRET_KEY that it was used with before.',
  )
}
