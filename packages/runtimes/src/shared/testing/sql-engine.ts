import { DuckDBInstance, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'

/** What a statement gave. */
export interface EngineResult {
  readonly columns: readonly { readonly name: string; readonly type: DuckDBType }[]
  readonly rows: readonly (readonly DuckDBValue[])[]
}

/**
 * Runs the statements of a server that stands for one we cannot have here: the server speaks the documented protocol, and what
 * it is asked for runs for certain, by DuckDB. The table `running` has the statements under way. One with the comment
 * `slow` waits until it is interrupted.
 */
export class SqlEngine {
  readonly #instance: DuckDBInstance
  readonly #running = new Set<string>()

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  static async open(): Promise<SqlEngine> {
    return new SqlEngine(await DuckDBInstance.create(':memory:', { threads: '1' }))
  }

  async openSession(): Promise<EngineSession> {
    return new EngineSession(await this.#instance.connect(), this.#running)
  }

  close(): void {
    this.#instance.closeSync()
  }
}

/** One connection; its temporary tables are its own. */
export class EngineSession {
  readonly #connection: DuckDBConnection
  readonly #running: Set<string>
  #interrupted = Promise.withResolvers<never>()

  constructor(connection: DuckDBConnection, running: Set<string>) {
    this.#connection = connection
    this.#running = running
    this.#interrupted.promise.catch(() => undefined)
  }

  /** Rejects as DuckDB does; with `interrupted` where somebody asked for it. */
  async run(sql: string, values: Record<string, DuckDBValue> | DuckDBValue[] = []): Promise<EngineResult> {
    this.#interrupted = Promise.withResolvers<never>()
    this.#interrupted.promise.catch(() => undefined)
    this.#running.add(sql)
    try {
      // The word in a statement that looks for such statements is cut in two.
      if (sql.includes('/* slow */')) await this.#interrupted.promise
      await this.#showRunning(sql)
      const reader = await this.#connection.runAndReadAll(sql, values)
      const types = reader.columnTypes()
      const columns = reader.columnNames().map((name, index) => ({ name, type: typeAt(types, index) }))
      return { columns, rows: reader.getRows() }
    } finally {
      this.#running.delete(sql)
    }
  }

  interrupt(): void {
    this.#interrupted.reject(new Error('the statement was interrupted'))
    this.#connection.interrupt()
  }

  close(): void {
    this.interrupt()
    this.#connection.disconnectSync()
  }

  async #showRunning(sql: string): Promise<void> {
    if (!/\bfrom running\b/i.test(sql)) return
    await this.#connection.run('CREATE OR REPLACE TEMP TABLE running (statement TEXT)')
    for (const statement of this.#running) await this.#connection.run('INSERT INTO running VALUES ($1)', [statement])
  }
}

function typeAt(types: readonly DuckDBType[], index: number): DuckDBType {
  const type = types[index]
  if (!type) throw new Error('DuckDB gave a column without a type')
  return type
}
