import { CompiledQuery, sql } from 'kysely'
import type { Connection, WorkspaceTransaction } from './database.ts'

/**
 * A part of a transaction of one workspace that sees all of them, for hand-written statements of the engine which must go out with
 * the rest or not at all.
 */
export async function aboveWorkspaces<T>(
  tx: WorkspaceTransaction,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { rows } = await sql<{ workspace: string }>`
    select current_setting('millrace.workspace') as workspace, set_config('millrace.workspace', '*', true)`.execute(tx)
  const value = await work(connectionOf(tx))
  // Where `work` throws, the transaction has come to its end with it.
  await sql`select set_config('millrace.workspace', ${rows[0]?.workspace ?? ''}, true)`.execute(tx)
  return value
}

/** The rest of a transaction of one workspace sees all of them, for hand-written statements of the engine that come last. */
export async function leaveWorkspace(tx: WorkspaceTransaction): Promise<Connection> {
  await sql`select set_config('millrace.workspace', '*', true)`.execute(tx)
  return connectionOf(tx)
}

/** The transaction as hand-written statements know connections. */
export function connectionOf(tx: WorkspaceTransaction): Connection {
  return {
    // The driver's signature has a form for each way of calling.
    query(...call: never[]): never {
      const [first, second]: readonly unknown[] = call
      return run(tx, first, second) as never
    },
  }
}

async function run(tx: WorkspaceTransaction, first: unknown, second: unknown) {
  const given = typeof first === 'string' ? { text: first, values: second } : (first as Partial<Statement>)
  const values: unknown[] = Array.isArray(given.values) ? given.values : []
  const { rows, numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(given.text ?? '', values))
  return { rows, rowCount: numAffectedRows === undefined ? rows.length : Number(numAffectedRows) }
}

interface Statement {
  readonly text: string
  readonly values: unknown
}
