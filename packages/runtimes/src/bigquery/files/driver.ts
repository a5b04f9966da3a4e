import { randomUUID } from 'node:crypto'
import type { QueryStatement } from '../../runtime.ts'
import { describeAnswer } from '../../shared/query-helper/answer-error.ts'
import type { Connection, Driver, RowSet, RunContext } from '../../shared/query-helper/driver.ts'
import { memberOf, textAt } from '../../shared/query-helper/rest.ts'
import { textOf } from '../../shared/query-helper/values.ts'
import { Api, errorOf } from './api.ts'
import { fieldsOf, readRow, toParameter } from './values.ts'

type Resource = Readonly<Record<string, unknown>>

/** For which the server holds an answer back until there is one. */
const POLL_MS = 10_000
const PAGE_ROWS_MAX = 10_001
const CANCEL_MS_MAX = 5000

/** BigQuery by its REST API and the `fetch` of Node: the official package would bring 15 MB of others for the same calls. */
export function openDriver(): Driver {
  return {
    async connect(resource, signal) {
      const api = new Api(resource)
      await api.authorize(signal)
      return new Project(api, resource)
    },
    describe: describeAnswer,
  }
}

/** A job of the server, by which it is asked about. */
interface ServerJob {
  readonly id: string
  readonly location: string | undefined
}

type Session = ServerJob

/** Each statement is a job of the server; several of one script share a session, for their temporary tables. */
class Project implements Connection {
  readonly isBroken = false
  readonly #api: Api
  readonly #resource: Resource
  readonly #closing = new AbortController()
  #session: Session | undefined
  #running: ServerJob | undefined
  #isCancelled = false

  constructor(api: Api, resource: Resource) {
    this.#api = api
    this.#resource = resource
  }

  async run({ text, values }: QueryStatement, { rowsMax, statementCount }: RunContext): Promise<readonly RowSet[]> {
    const beginsSession = statementCount > 1 && this.#session === undefined
    const parameters = values.map(toParameter)
    const job = await this.#insert({
      query: text,
      useLegacySql: false,
      ...this.#defaultDataset(),
      ...(parameters.length > 0 && { parameterMode: 'NAMED', queryParameters: parameters }),
      ...(beginsSession && { createSession: true }),
      ...this.#inSession(),
    })
    const set = await this.#read(job, rowsMax)
    if (beginsSession) await this.#learnSession(job)
    this.#running = undefined
    return [set]
  }

  /** The statement then ends as one that was stopped. */
  async cancel(): Promise<void> {
    this.#isCancelled = true
    const job = this.#running
    if (!job) return
    const signal = AbortSignal.timeout(CANCEL_MS_MAX)
    await this.#api.call(`jobs/${job.id}/cancel`, { body: {}, query: locationOf(job), signal })
  }

  async reset(): Promise<boolean> {
    if (this.#isCancelled) return false
    if (this.#session)
      await this.#insert({ query: 'CALL BQ.ABORT_SESSION()', useLegacySql: false, ...this.#inSession() })
    this.#session = undefined
    this.#running = undefined
    return true
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('it was stopped before the server answered'))
    await Promise.resolve()
  }

  async #insert(query: Readonly<Record<string, unknown>>): Promise<ServerJob> {
    const id = `millrace_${randomUUID().replaceAll('-', '')}`
    // Where none is named, the server finds it by the tables.
    const place = this.#session?.location ?? textOf(this.#resource, 'location')
    const body = {
      jobReference: { jobId: id, ...(place !== undefined && { location: place }) },
      configuration: { query },
    }
    const answer = await this.#api.call('jobs', { body, signal: this.#closing.signal })
    const location = textAt(answer, 'jobReference', 'location') ?? place
    const failure = memberOf(answer, 'status', 'errorResult')
    if (failure !== undefined) throw errorOf(failure, 'the server refused the statement')
    const job = { id, location }
    this.#running = job
    // It came while the server had not heard of the statement yet.
    if (this.#isCancelled) await this.cancel()
    return job
  }

  /** Waits for the job and reads one row more than wanted, if there is one. */
  async #read(job: ServerJob, rowsMax: number): Promise<RowSet> {
    const rows: (readonly unknown[])[] = []
    let columns: readonly string[] = []
    let page: string | undefined
    do {
      const answer = await this.#api.call(`queries/${job.id}`, {
        query: {
          ...locationOf(job),
          timeoutMs: String(POLL_MS),
          maxResults: String(PAGE_ROWS_MAX),
          'formatOptions.useInt64Timestamp': 'true',
          ...(page !== undefined && { pageToken: page }),
        },
        signal: this.#closing.signal,
      })
      if (memberOf(answer, 'jobComplete') !== true) continue
      const fields = fieldsOf(memberOf(answer, 'schema'))
      columns = fields.map(({ name }) => name)
      const given = memberOf(answer, 'rows')
      if (Array.isArray(given)) rows.push(...given.map((row: unknown) => readRow(row, fields)))
      page = textAt(answer, 'pageToken')
      if (page === undefined) break
    } while (rows.length <= rowsMax)
    return { columns, rows: rows.slice(0, rowsMax), isCapped: rows.length > rowsMax }
  }

  async #learnSession(job: ServerJob): Promise<void> {
    const answer = await this.#api.call(`jobs/${job.id}`, { query: locationOf(job), signal: this.#closing.signal })
    const id = textAt(answer, 'statistics', 'sessionInfo', 'sessionId')
    this.#session = id === undefined ? undefined : { id, location: job.location }
  }

  #inSession(): { readonly connectionProperties?: readonly Readonly<Record<string, string>>[] } {
    return this.#session ? { connectionProperties: [{ key: 'session_id', value: this.#session.id }] } : {}
  }

  #defaultDataset(): { readonly defaultDataset?: Readonly<Record<string, string>> } {
    const parts = textOf(this.#resource, 'dataset')?.split('.') ?? []
    const datasetId = parts.pop()
    if (datasetId === undefined) return {}
    const projectId = parts.join('.') || textOf(this.#resource, 'project_id')
    return { defaultDataset: { datasetId, ...(projectId !== undefined && { projectId }) } }
  }
}

function locationOf({ location }: ServerJob): Readonly<Record<string, string>> {
  return location === undefined ? {} : { location }
}
