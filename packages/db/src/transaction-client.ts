import pg from 'pg'
import type { SessionSetting } from './session-settings.ts'

type Callback = (error: unknown, result?: pg.QueryResult) => void

/**
 * A client for connections through a pooler in transaction mode (PgBouncer), where each transaction may meet another session
 * of PostgreSQL and a session meets other clients. So nothing is left in a session: every transaction begins with our settings,
 * set for itself alone, and a statement outside of one gets a transaction of its own, which costs one more turn. A statement
 * is sent only once its transaction has begun with its settings: without them it would see no row, or with a superuser's eyes.
 * Names of statements are dropped, for a prepared statement belongs to a session too.
 */
export function transactionClient(settings: readonly SessionSetting[]): typeof pg.Client {
  const enter = `select ${settings.map(([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`).join(', ')}`

  return class TransactionClient extends pg.Client {
    // The driver's signature has a form for each way of calling; all of them end here.
    override query(...call: never[]): never {
      const given: readonly unknown[] = call
      const callback = given.find((part): part is Callback => typeof part === 'function')
      const result = this.#run(toStatement(given))
      return (callback ? void tell(result, callback) : result) as never
    }

    async #run(statement: pg.QueryConfig): Promise<pg.QueryResult> {
      if (isBegin(statement.text)) return await this.#begin(statement.text)
      if (this.#isInside()) return await super.query(statement)
      await this.#begin('begin')
      const [result, commit] = await Promise.allSettled([super.query(statement), super.query('commit')])
      if (result.status === 'rejected') throw result.reason
      if (commit.status === 'rejected') throw commit.reason
      return result.value
    }

    /** By what PostgreSQL last said; a connection that is new has said nothing yet. */
    #isInside(): boolean {
      const status = this.getTransactionStatus()
      return status === 'T' || status === 'E'
    }

    async #begin(text: string): Promise<pg.QueryResult> {
      const results: unknown = await super.query(`${text}; ${enter}`)
      const [begun] = results as readonly [pg.QueryResult]
      return begun
    }
  }
}

async function tell(result: Promise<pg.QueryResult>, callback: Callback): Promise<void> {
  const [settled] = await Promise.allSettled([result])
  if (settled.status === 'fulfilled') callback(undefined, settled.value)
  else callback(settled.reason)
}

function toStatement([first, second]: readonly unknown[]): pg.QueryConfig {
  const given = typeof first === 'string' ? { text: first } : (first as pg.QueryConfig)
  const { name: _, ...statement } = given
  return Array.isArray(second) ? { ...statement, values: second } : statement
}

function isBegin(text: string): boolean {
  return /^\s*(begin|start\s+transaction)\b/i.test(text)
}
