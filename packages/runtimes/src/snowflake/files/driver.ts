import { setTimeout as sleep } from 'node:timers/promises'
import type { QueryStatement } from '../../runtime.ts'
import { describeAnswer } from '../../shared/query-helper/answer-error.ts'
import type { Connection, Driver, RowSet, RunContext } from '../../shared/query-helper/driver.ts'
import { memberOf, textAt, type RestAnswer } from '../../shared/query-helper/rest.ts'
import { textOf } from '../../shared/query-helper/values.ts'
import { Api } from './api.ts'
import { readValue, toBinding, type Column } from './values.ts'

type Resource = Readonly<Record<string, unknown>>

const POLL_MS_MIN = 20
const POLL_MS_MAX = 2000
const CANCEL_MS_MAX = 5000

/** Snowflake by its SQL API and the `fetch` of Node: the official package brings 120 MB of others, for files in three clouds. */
export function openDriver(): Driver {
  return { connect: (resource) => Promise.resolve(new Account(new Api(resource), resource)), describe: describeAnswer }
}

/** Each statement has a session of its own, as the API has it; so there is nothing to make as new. */
class Account implements Connection {
  readonly isBroken = false
  readonly #api: Api
  readonly #resource: Resource
  readonly #closing = new AbortController()
  /** Of the statement that runs. */
  #handle: string | undefined
  #isCancelled = false

  constructor(api: Api, resource: Resource) {
    this.#api = api
    this.#resource = resource
  }

  async run({ text, values }: QueryStatement, { rowsMax }: RunContext): Promise<readonly RowSet[]> {
    const bindings = Object.fromEntries(values.map((value, index) => [String(index + 1), toBinding(value)]))
    const started = await this.#api.call('statements', {
      // The answer comes at once then, with the handle that a cancel needs.
      query: { async: 'true' },
      body: { statement: text, ...this.#place(), ...(values.length > 0 && { bindings }) },
      signal: this.#closing.signal,
    })
    const handle = textAt(started.body, 'statementHandle')
    this.#handle = handle
    // It came while the server had not heard of the statement yet.
    if (this.#isCancelled) await this.cancel()
    const answer = await this.#untilDone(started, handle)
    const set = await this.#read(answer, handle, rowsMax)
    this.#handle = undefined
    return [set]
  }

  /** The statement then ends as one that was stopped. */
  async cancel(): Promise<void> {
    this.#isCancelled = true
    if (this.#handle === undefined) return
    const signal = AbortSignal.timeout(CANCEL_MS_MAX)
    await this.#api.call(`statements/${this.#handle}/cancel`, { body: {}, signal })
  }

  async reset(): Promise<boolean> {
    return await Promise.resolve(!this.#isCancelled)
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('it was stopped before the server answered'))
    await Promise.resolve()
  }

  async #untilDone(started: RestAnswer, handle: string | undefined): Promise<RestAnswer> {
    let answer = started
    const { signal } = this.#closing
    for (let waitMs = POLL_MS_MIN; answer.status === 202; waitMs = Math.min(waitMs * 1.5, POLL_MS_MAX)) {
      await sleep(waitMs, undefined, { signal })
      answer = await this.#api.call(`statements/${handle}`, { signal })
    }
    return answer
  }

  /** An answer comes in parts, of which the first is there already. */
  async #read({ body }: RestAnswer, handle: string | undefined, rowsMax: number): Promise<RowSet> {
    const columns = columnsOf(body)
    const parts = memberOf(body, 'resultSetMetaData', 'partitionInfo')
    const partCount = Array.isArray(parts) ? parts.length : 1
    const rows = [...rowsOf(body, columns)]
    for (let part = 1; part < partCount && rows.length <= rowsMax; part += 1) {
      const query = { partition: String(part) }
      const answer = await this.#api.call(`statements/${handle}`, { query, signal: this.#closing.signal })
      rows.push(...rowsOf(answer.body, columns))
    }
    const names = columns.map(({ name }) => name)
    return { columns: names, rows: rows.slice(0, rowsMax), isCapped: rows.length > rowsMax }
  }

  #place(): Readonly<Record<string, string>> {
    const place: Record<string, string> = {}
    for (const name of ['database', 'schema', 'warehouse', 'role']) {
      const value = textOf(this.#resource, name)
      if (value !== undefined) place[name] = value
    }
    return place
  }
}

function columnsOf(body: RestAnswer['body']): readonly Column[] {
  const types = memberOf(body, 'resultSetMetaData', 'rowType')
  if (!Array.isArray(types)) return []
  return types.map((type: unknown) => ({
    name: textAt(type, 'name') ?? '',
    type: (textAt(type, 'type') ?? 'text').toLowerCase(),
  }))
}

function rowsOf(body: RestAnswer['body'], columns: readonly Column[]): readonly (readonly unknown[])[] {
  const data = memberOf(body, 'data')
  if (!Array.isArray(data)) return []
  return data.map((row: readonly (string | null)[]) => columns.map((column, index) => readValue(row[index], column)))
}
