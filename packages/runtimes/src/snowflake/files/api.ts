import { createHash, createPublicKey, randomUUID, type KeyObject } from 'node:crypto'
import { AnswerError } from '../../shared/query-helper/answer-error.ts'
import { addressOf, callRest, textAt, type RestAnswer, type RestCall } from '../../shared/query-helper/rest.ts'
import { privateKeyOf, signJwt } from '../../shared/query-helper/sign-jwt.ts'
import { ConfigError, requireText, textOf } from '../../shared/query-helper/values.ts'

type Resource = Readonly<Record<string, unknown>>

const JWT_SECONDS = 3600
/** A token that ends sooner is not used any more. */
const SPARE_MS = 60_000

/** The statements of an account, reached as the user of a resource. */
export class Api {
  readonly #root: URL
  readonly #resource: Resource
  readonly #key: KeyObject | undefined
  #jwt: { readonly text: string; readonly endsAt: number } | undefined

  constructor(resource: Resource) {
    this.#resource = resource
    const address = textOf(resource, 'api_endpoint')
    const account = requireText(resource, 'account_identifier', 'account')
    const base = address ?? `https://${account.toLowerCase().replaceAll('_', '-')}.snowflakecomputing.com`
    this.#root = new URL(`${addressOf(base, 'api_endpoint').href.replace(/\/$/, '')}/api/v2/`)
    const pem = textOf(resource, 'private_key')
    this.#key = pem === undefined ? undefined : privateKeyOf(pem, textOf(resource, 'private_key_passphrase'))
    if (!this.#key && textOf(resource, 'token') === undefined)
      throw new ConfigError(
        'the resource has no "private_key" and no "token": the SQL API of Snowflake takes a key pair, a programmatic access token or a token of OAuth, and no password',
      )
  }

  /** 200 with an answer, 202 where the statement still runs; rejects with what the server says was wrong. */
  async call(
    path: string,
    {
      body,
      query = {},
      signal,
    }: { body?: RestCall['body']; query?: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<RestAnswer> {
    const url = new URL(path, this.#root)
    // The server knows by it what it was asked before.
    if (body) url.searchParams.set('requestId', randomUUID())
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const answer = await callRest({
      method: body ? 'POST' : 'GET',
      url,
      headers: this.#headers(),
      ...(body && { body }),
      signal,
      isRepeatable: true,
    })
    if (answer.status !== 200 && answer.status !== 202) throw refusal(answer)
    return answer
  }

  #headers(): Readonly<Record<string, string>> {
    const common = { 'user-agent': 'millrace/1.0' }
    if (!this.#key) return { ...common, authorization: `Bearer ${requireText(this.#resource, 'token')}` }
    return {
      ...common,
      authorization: `Bearer ${this.#makeJwt(this.#key)}`,
      'x-snowflake-authorization-token-type': 'KEYPAIR_JWT',
    }
  }

  #makeJwt(key: KeyObject): string {
    if (this.#jwt && this.#jwt.endsAt - SPARE_MS > Date.now()) return this.#jwt.text
    // A locator has region and cloud behind its first dot, which are no part of the account's name.
    const account = requireText(this.#resource, 'account_identifier', 'account').split('.')[0]
    const user = `${account}.${requireText(this.#resource, 'username', 'user')}`.toUpperCase()
    const spki = createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'spki', format: 'der' })
    const print = `SHA256:${createHash('sha256').update(spki).digest('base64')}`
    const now = Math.floor(Date.now() / 1000)
    const text = signJwt({ iss: `${user}.${print}`, sub: user, iat: now, exp: now + JWT_SECONDS }, key)
    this.#jwt = { text, endsAt: (now + JWT_SECONDS) * 1000 }
    return text
  }
}

function refusal({ status, body, shown }: RestAnswer): AnswerError {
  const message = textAt(body, 'message') ?? `Snowflake answered ${status}: ${shown}`
  const line = /\berror line (\d+) at position \d+/.exec(message)?.[1]
  const state = textAt(body, 'sqlState')
  const words = [textAt(body, 'code') ?? `HTTP ${status}`, ...(state === undefined ? [] : [`SQLSTATE ${state}`])]
  return new AnswerError(message, { code: words.join(', '), ...(line !== undefined && { line: Number(line) }) })
}
