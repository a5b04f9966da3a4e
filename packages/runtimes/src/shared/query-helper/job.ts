import type { QueryRequest, QueryStatement } from '../../runtime.ts'
import type { Channel, Order } from './channel.ts'
import { collect, repeatedNames } from './collect.ts'
import type { Connection, Driver, ErrorFacts, RowSet } from './driver.ts'
import type { Pool } from './pool.ts'
import { ConfigError } from './values.ts'

const CONNECT_MS_MAX = 30_000

/** What a job of the helper needs. */
export interface JobTools {
  readonly channel: Pick<Channel, 'send'>
  readonly driver: Driver
  readonly pool: Pool
}

/** An error as the worker passes it on. */
interface Failure extends ErrorFacts {
  readonly name: string
  readonly message: string
  /** Which one of the script, from 1. */
  readonly statement?: number | undefined
}

/**
 * One job: takes a connection, runs the statements one after the other, sends one result or one error, gives the connection
 * back. *connecting* → *running* → *over*; a cancel stops the connecting or asks the server, a drop ends it at once and
 * closes the connection.
 */
export class HelperJob {
  readonly #tools: JobTools
  readonly #order: Order & { readonly op: 'run' }
  readonly #connecting = new AbortController()
  readonly #dropped = Promise.withResolvers<never>()
  #connection: Connection | undefined
  #at: number | undefined
  #isCancelled = false
  #isDropped = false

  constructor(tools: JobTools, order: Order & { readonly op: 'run' }) {
    this.#tools = tools
    this.#order = order
    // Nobody may be waiting when it comes.
    this.#dropped.promise.catch(() => undefined)
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { channel } = this.#tools
    const { job } = this.#order
    try {
      const json = await Promise.race([this.#execute(), this.#dropped.promise])
      channel.send('result', job, json)
    } catch (error) {
      channel.send('error', job, JSON.stringify(this.#failure(error)))
    }
    await this.#giveBack()
  }

  cancel(): void {
    this.#isCancelled = true
    this.#connecting.abort(new Error('it was stopped before the server answered'))
    this.#connection
      ?.cancel()
      .catch((error: unknown) => this.#say(`the server could not be asked to stop: ${messageOf(error)}`))
  }

  drop(): void {
    this.cancel()
    this.#isDropped = true
    this.#dropped.reject(new Error('it was stopped, and its connection closed'))
  }

  async #execute(): Promise<string> {
    const { statements, collection } = this.#order.request
    const connection = await this.#connect()
    if (this.#isDropped) {
      await connection.close()
      throw new Error('it was stopped')
    }
    this.#connection = connection
    const given: (readonly RowSet[])[] = []
    for (const [index, statement] of statements.entries()) {
      if (this.#isCancelled) throw new Error('it was stopped before this statement')
      this.#at = index
      const sets = await this.#runOne(connection, statement, index)
      if (collection.statements === 'all') given.push(sets)
      else given[0] = sets
    }
    this.#at = undefined
    return this.#encode(given, collection)
  }

  async #connect(): Promise<Connection> {
    const signal = AbortSignal.any([this.#connecting.signal, AbortSignal.timeout(CONNECT_MS_MAX)])
    return await this.#tools.pool.take(this.#order.request.connection, signal)
  }

  async #runOne(connection: Connection, statement: QueryStatement, index: number): Promise<readonly RowSet[]> {
    const { rowsMax, request } = this.#order
    const context = { rowsMax, statementCount: request.statements.length, onNotice: (text: string) => this.#say(text) }
    const sets = await connection.run(statement, context)
    for (const { columns, isCapped } of sets) {
      const place = `statement ${index + 1}`
      if (isCapped) this.#say(`${place} gave more than ${rowsMax} rows: the result has the first ${rowsMax} of them`)
      const repeated = repeatedNames(columns)
      if (repeated.length > 0)
        this.#say(
          `${place} gave several columns named ${repeated.join(', ')}: rows have the last of each; name them apart with AS`,
        )
    }
    return sets
  }

  #encode(given: readonly (readonly RowSet[])[], collection: QueryRequest['collection']): string {
    const json = JSON.stringify(collect(given, collection)) ?? 'null'
    const bytes = Buffer.byteLength(json)
    const { bytesMax } = this.#order
    if (bytes > bytesMax) throw new Error(`the result has ${bytes} bytes; at most ${bytesMax} are kept: ask for less`)
    return json
  }

  async #giveBack(): Promise<void> {
    const connection = this.#connection
    if (!connection) return
    if (this.#isDropped) await connection.close().catch(() => undefined)
    // A cancel that is still on its way could hit the next job's statement.
    else if (this.#isCancelled) await connection.close().catch(() => undefined)
    else await this.#tools.pool.release(this.#order.request.connection, connection)
  }

  #failure(error: unknown): Failure {
    const { statements } = this.#order.request
    const statement = this.#at === undefined ? undefined : statements[this.#at]
    const facts = this.#tools.driver.describe(error, statement)
    const number = this.#at === undefined ? undefined : this.#at + 1
    const line = facts.line ?? statement?.line
    const where = statement ? placeOf({ number, count: statements.length, line }) : ''
    const sentences = [messageOf(error), ...(facts.details ?? [])].join('\n')
    return {
      name: nameOf(error, statement !== undefined),
      message: `${statement || error instanceof ConfigError ? '' : 'cannot connect: '}${sentences}${facts.code === undefined ? '' : ` (${facts.code})`}${where}`,
      code: facts.code,
      statement: number,
      line,
      position: facts.position,
    }
  }

  #say(text: string): void {
    this.#tools.channel.send('text', this.#order.job, `${text}\n`)
  }
}

function placeOf({
  number,
  count,
  line,
}: {
  readonly number: number | undefined
  readonly count: number
  readonly line: number | undefined
}): string {
  const which = count > 1 ? `statement ${number} of ${count}, ` : ''
  return line === undefined ? '' : `\n  at ${which}line ${line}`
}

function nameOf(error: unknown, isRunning: boolean): string {
  if (error instanceof ConfigError) return error.name
  return isRunning ? 'QueryError' : 'ConnectionError'
}

/** Node hides the reasons of several failed attempts (IPv6, then IPv4) in a list. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
