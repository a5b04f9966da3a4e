import pg from 'pg'
import type { Sender } from './database.ts'

/** What a client of the driver does with a query; the types of the driver leave it out. */
interface DriverQuery {
  readonly name: string | undefined
  readonly text: string
  submit(connection: DriverConnection): Error | null
  handleRowDescription(message: unknown): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, connection: DriverConnection): void
  handleEmptyQuery(connection: DriverConnection): void
  handleError(error: unknown, connection: DriverConnection): void
  handleReadyForQuery(connection: DriverConnection): void
}

interface DriverConnection {
  readonly stream: { cork(): void; uncork(): void }
  /** Statements of the session by name, and those that are on their way. */
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  sync(): void
}

/** The two answers, each when both are committed. */
export type JointAnswers = readonly [first: Promise<pg.QueryResult>, second: Promise<pg.QueryResult>]

/**
 * Sends two statements in one turn as one transaction: PostgreSQL runs them one after the other and commits both where the turn ends.
 * When the first one fails, the second one is sent alone; when the second one or the commit fails, both fail, the first one with
 * an error whose cause that is. Not for connections through a pooler (`TransactionClient` knows single statements only).
 */
export function queryJointly(pool: pg.Pool, first: pg.QueryConfig, second: pg.QueryConfig): JointAnswers {
  const joint = new Joint(first, second)
  const sent = send(pool, joint)
  const one = sent.then(
    () => joint.resultOf(0),
    (error: unknown) => {
      throw joint.failedAt === 0 ? error : new Error('what was sent with it failed', { cause: error })
    },
  )
  const other = sent.then(
    () => joint.resultOf(1),
    (error: unknown) => {
      if (joint.failedAt !== 0) throw error
      return (pool satisfies Sender).query(second)
    },
  )
  return [one, other]
}

async function send(pool: pg.Pool, joint: Joint): Promise<void> {
  const client = await pool.connect()
  try {
    client.query(joint)
    await joint.done
    client.release()
  } catch (error) {
    // As the pool does with a connection whose statement failed.
    client.release(true)
    throw error
  }
}

/** Two queries of the driver that its client takes for one: messages go to the one whose turn it is. */
class Joint implements pg.Submittable {
  readonly #parts: readonly DriverQuery[]
  readonly #results: pg.QueryResult[] = []
  readonly #done = Promise.withResolvers<void>()
  #at = 0
  /** Which of the two was refused, if PostgreSQL said so; 2 is the commit. */
  failedAt: number | undefined

  constructor(...statements: readonly pg.QueryConfig[]) {
    this.#parts = statements.map((statement, nth) => {
      // A statement without a name or values would be sent as a plain text, which ends the transaction that it meets.
      const extended: pg.QueryConfig & { readonly queryMode: string } = { ...statement, queryMode: 'extended' }
      const query: unknown = new pg.Query(extended, (error, result) => {
        if (error) this.#done.reject(error)
        else this.#results[nth] = result
      })
      return query as DriverQuery
    })
  }

  get done(): Promise<void> {
    return this.#done.promise
  }

  get name(): string | undefined {
    return this.#parts[this.#at]?.name
  }

  get text(): string | undefined {
    return this.#parts[this.#at]?.text
  }

  resultOf(nth: number): pg.QueryResult {
    const result = this.#results[nth]
    if (!result) throw new Error('a statement was answered without a result')
    return result
  }

  submit(connection: pg.Connection): Error | null {
    const driver = connection as unknown as DriverConnection
    // Where a statement alone would end its turn, the next one follows.
    const unsynced: DriverConnection = Object.create(driver, { sync: { value: () => undefined } })
    driver.stream.cork()
    try {
      for (const part of this.#parts) {
        const refusal = part.submit(unsynced)
        if (refusal) return refusal
      }
      driver.sync()
      return null
    } finally {
      driver.stream.uncork()
    }
  }

  handleRowDescription(message: unknown): void {
    this.#parts[this.#at]?.handleRowDescription(message)
  }

  handleDataRow(message: unknown): void {
    this.#parts[this.#at]?.handleDataRow(message)
  }

  handleCommandComplete(message: unknown, connection: DriverConnection): void {
    this.#parts[this.#at]?.handleCommandComplete(message, connection)
    this.#at += 1
  }

  handleEmptyQuery(connection: DriverConnection): void {
    this.#parts[this.#at]?.handleEmptyQuery(connection)
    this.#at += 1
  }

  handleError(error: unknown, connection: DriverConnection): void {
    if (error instanceof pg.DatabaseError) this.failedAt = this.#at
    // PostgreSQL skips what follows an error: it has not seen their names.
    for (const { name } of this.#parts.slice(this.#at)) {
      if (name !== undefined) delete connection.submittedNamedStatements[name]
    }
    this.#done.reject(error)
  }

  handleReadyForQuery(connection: DriverConnection): void {
    for (const part of this.#parts) part.handleReadyForQuery(connection)
    this.#done.resolve()
  }
}
