import { AnswerError } from '../../shared/query-helper/answer-error.ts'
import {
  addressOf,
  callRest,
  memberOf,
  textAt,
  type RestAnswer,
  type RestCall,
} from '../../shared/query-helper/rest.ts'
import { privateKeyOf, signJwt } from '../../shared/query-helper/sign-jwt.ts'
import { ConfigError, requireText, textOf } from '../../shared/query-helper/values.ts'

type Resource = Readonly<Record<string, unknown>>

const SCOPES = 'https://www.googleapis.com/auth/bigquery https://www.googleapis.com/auth/drive.readonly'
const TOKEN_URI = 'https://oauth2.googleapis.com/token'
const ASSERTION_SECONDS = 3600
/** A token that ends sooner is not used any more. */
const SPARE_MS = 60_000

/** A project of BigQuery, reached as the service account of a resource. */
export class Api {
  readonly #root: URL
  readonly #resource: Resource
  #token: { readonly text: string; readonly endsAt: number } | undefined

  constructor(resource: Resource) {
    const universe = textOf(resource, 'universe_domain') ?? 'googleapis.com'
    const endpoint = textOf(resource, 'api_endpoint') ?? `https://bigquery.${universe}`
    this.#resource = resource
    const base = addressOf(endpoint, 'api_endpoint').href.replace(/\/$/, '')
    this.#root = new URL(`${base}/bigquery/v2/projects/${encodeURIComponent(requireText(resource, 'project_id'))}/`)
  }

  /** Signs in unless that was done; rejects where the account is not let in. */
  async authorize(signal: AbortSignal): Promise<string> {
    const given = textOf(this.#resource, 'access_token', 'token')
    if (given !== undefined) return given
    if (this.#token && this.#token.endsAt - SPARE_MS > Date.now()) return this.#token.text
    const answer = await callRest({ ...this.#tokenCall(), signal })
    const text = textAt(answer.body, 'access_token')
    if (text === undefined) throw refusal(answer, 'the sign-in of the service account')
    const seconds = Number(memberOf(answer.body, 'expires_in') ?? ASSERTION_SECONDS)
    this.#token = { text, endsAt: Date.now() + seconds * 1000 }
    return text
  }

  /** Calls what is at `path` of the project; rejects with what the server says was wrong. */
  async call(
    path: string,
    {
      body,
      query = {},
      signal,
    }: { body?: RestCall['body']; query?: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<RestAnswer['body']> {
    const url = new URL(path, this.#root)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const headers = { authorization: `Bearer ${await this.authorize(signal)}` }
    // Jobs are named by us, so none is made twice.
    const answer = await callRest({
      method: body ? 'POST' : 'GET',
      url,
      headers,
      ...(body && { body }),
      signal,
      isRepeatable: true,
    })
    if (answer.status !== 200) throw refusal(answer, 'BigQuery')
    return answer.body
  }

  #tokenCall(): Omit<RestCall, 'signal'> {
    const key = textOf(this.#resource, 'private_key')
    if (key === undefined)
      throw new ConfigError(
        'the resource has no "private_key": give the JSON key of a service account, or "access_token"',
      )
    const url = addressOf(textOf(this.#resource, 'token_uri') ?? TOKEN_URI, 'token_uri')
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: requireText(this.#resource, 'client_email'),
      scope: SCOPES,
      aud: url.href,
      iat: now,
      exp: now + ASSERTION_SECONDS,
    }
    const id = textOf(this.#resource, 'private_key_id')
    const assertion = signJwt(claims, privateKeyOf(key), id === undefined ? {} : { kid: id })
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    return { method: 'POST', url, headers: {}, body, isRepeatable: true }
  }
}

/** Of an `ErrorProto`, which says why in one word and where in the message. */
export function errorOf(error: unknown, otherwise: string): AnswerError {
  const message = textAt(error, 'message') ?? otherwise
  const line = /\bat \[(\d+):\d+\]/.exec(message)?.[1]
  return new AnswerError(message, {
    code: textAt(error, 'reason'),
    ...(line !== undefined && { line: Number(line) }),
  })
}

function refusal({ status, body, shown }: RestAnswer, who: string): AnswerError {
  const error = memberOf(body, 'error')
  // An answer of OAuth has two texts.
  if (typeof error === 'string')
    return new AnswerError(`${who} was refused: ${textAt(body, 'error_description') ?? error}`, { code: error })
  const reason = textAt(error, 'errors', 0, 'reason') ?? textAt(error, 'status') ?? `HTTP ${status}`
  const message = textAt(error, 'message') ?? `${who} answered ${status}: ${shown}`
  return errorOf({ message, reason }, message)
}
