import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** What somebody did, to be told later. */
export interface AuditEntry {
  readonly workspace: string
  readonly username: string
  readonly email: string
  /** `noun.verb`, permanent. */
  readonly operation: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** An entry as it is kept. */
export interface AuditRow {
  readonly workspace_id: string
  readonly at: Date
  readonly username: string
  readonly operation: string
  readonly parameters: unknown
}

/** To be called in the transaction of what it tells. */
export async function insertAudit(db: Queryable, entry: AuditEntry): Promise<void> {
  const { workspace, username, email, operation, parameters } = entry
  await sql`
    insert into audit (workspace_id, username, email, operation, parameters)
    values (${workspace}, ${username}, ${email}, ${operation}, ${JSON.stringify(parameters)}::json)`.execute(db)
}

/** The newest entries of an operation, newest first; of every workspace that the connection sees. */
export async function listAudit(db: Queryable, operation: string, limit: number): Promise<readonly AuditRow[]> {
  return await db
    .selectFrom('audit')
    .select(['workspace_id', 'at', 'username', 'operation', 'parameters'])
    .where('operation', '=', operation)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
