import type { QueryStatement } from '../../runtime.ts'
import type { Connection, Driver, ErrorFacts, RowSet } from '../../shared/query-helper/driver.ts'
import { ConfigError, jsonOf, requireText, textOf } from '../../shared/query-helper/values.ts'

/** Of an answer. */
const BODY_BYTES_MAX = 64 * 1024 * 1024
const SHOWN_MAX = 500

/** GraphQL over HTTP by the `fetch` of Node. */
export function openDriver(): Driver {
  return { connect: (resource) => Promise.resolve(new Endpoint(resource)), describe }
}

/** What the server answered, if it was no data. */
class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly facts: ErrorFacts

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message)
    this.facts = facts
  }
}

/** One URL; HTTP keeps connections by itself. */
class Endpoint implements Connection {
  readonly isBroken = false
  readonly #url: URL
  readonly #headers: Headers
  readonly #operation: unknown
  #abort = new AbortController()

  constructor(resource: Readonly<Record<string, unknown>>) {
    const url = requireText(resource, 'base_url', 'url')
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new ConfigError(`"base_url" of the resource is no address of the web: ${url}`)
    this.#url = new URL(url)
    this.#headers = headersOf(resource)
    this.#operation = resource['operation']
  }

  async run({ text, values }: QueryStatement): Promise<readonly RowSet[]> {
    const variables = Object.fromEntries(values.map(({ name, value }) => [name, value]))
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify({
        query: text,
        variables,
        ...(typeof this.#operation === 'string' && { operationName: this.#operation }),
      }),
      // A server elsewhere shall not get the headers of this one.
      redirect: 'manual',
      signal: this.#abort.signal,
    }).catch((error: unknown) => Promise.reject(reasonOf(error)))
    const data = dataOf(await readBody(response), response)
    return [{ columns: ['data'], rows: [[data]], isCapped: false }]
  }

  async cancel(): Promise<void> {
    this.#abort.abort(new Error('it was stopped before the server answered'))
    await Promise.resolve()
  }

  async reset(): Promise<boolean> {
    return await Promise.resolve(true)
  }

  async close(): Promise<void> {
    await this.cancel()
  }
}

function headersOf(resource: Readonly<Record<string, unknown>>): Headers {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
  })
  const token = textOf(resource, 'bearer_token')
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const custom = resource['custom_headers']
  if (typeof custom !== 'object' || custom === null) return headers
  for (const [name, value] of Object.entries(custom)) {
    try {
      headers.set(name, String(value))
    } catch {
      throw new ConfigError(`"custom_headers" of the resource has a header that cannot be sent: ${name}`)
    }
  }
  return headers
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > BODY_BYTES_MAX) throw new AnswerError(`the answer has more than ${BODY_BYTES_MAX} bytes: ask for less`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function dataOf(body: string, { status, headers }: Response): unknown {
  const answer = parse(body)
  if (!answer || (!('data' in answer) && !('errors' in answer))) {
    const to = headers.get('location')
    const shown = to === null ? body.slice(0, SHOWN_MAX) : `to ${to}: name that address in the resource`
    throw new AnswerError(`the server answered ${status}, and no GraphQL: ${shown}`, { code: `HTTP ${status}` })
  }
  const { errors } = answer
  if (!Array.isArray(errors) || errors.length === 0) return answer['data'] ?? null
  const messages = errors.map((error: unknown) => {
    const message = memberOf(error, 'message')
    return typeof message === 'string' ? message : JSON.stringify(error)
  })
  const place: unknown = memberOf(memberOf(errors[0], 'locations'), '0')
  const line = Number(memberOf(place, 'line'))
  const code = memberOf(memberOf(errors[0], 'extensions'), 'code')
  throw new AnswerError(messages.join('\n'), {
    ...(Number.isInteger(line) && { line }),
    ...(typeof code === 'string' && { code }),
  })
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const answer = jsonOf(body)
    return typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? { ...answer } : undefined
  } catch {
    return undefined
  }
}

/** Whatever a server put there: numbers come with their digits as text. */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  const member: unknown = Reflect.get(value, name)
  return typeof member === 'object' && member !== null && 'rawJSON' in member ? member.rawJSON : member
}

/** `fetch` says only that it failed, and hides why. */
function reasonOf(error: unknown): unknown {
  return error instanceof TypeError && error.cause !== undefined ? error.cause : error
}

function describe(error: unknown): ErrorFacts {
  if (error instanceof AnswerError) return error.facts
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? { code } : {}
}
