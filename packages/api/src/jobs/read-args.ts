import { Problem } from '@millrace/base/problem'
import type { RunQuery } from '@millrace/contracts'
import type { FastifyRequest } from 'fastify'
import { isObject, parseJson } from '../http/parse-json.ts'
import { isJson, type ArgsBody } from '../http/read-body.ts'

/** A job's arguments by name. */
export type Args = Readonly<Record<string, unknown>>

/** Makes arguments from a request: its body in any type, `payload`, and the headers and query keys that were asked for. */
export function readArgs(request: FastifyRequest, query: RunQuery, body: ArgsBody | undefined): Args {
  return {
    ...(query.payload === undefined ? {} : toArgs(parseJson(decodePayload(query.payload), 'payload'), query)),
    ...(body ? readBodyArgs(body, query) : {}),
    ...pickHeaders(request, query.include_header),
    ...pickQuery(request, query.include_query),
  }
}

/** Headers as arguments: in lower case, `-` as `_`. The cookie stays out. */
export function pickHeaders(request: FastifyRequest, names: string | undefined): Args {
  const wanted = split(names).map((name) => name.toLowerCase())
  const found = wanted.filter((name) => name !== 'cookie' && request.headers[name] !== undefined)
  return Object.fromEntries(found.map((name) => [name.replaceAll('-', '_'), request.headers[name]]))
}

function pickQuery(request: FastifyRequest, names: string | undefined): Args {
  const query = request.query as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    split(names)
      .filter((name) => Object.hasOwn(query, name))
      .map((name) => [name, query[name]]),
  )
}

function readBodyArgs({ contentType, text }: ArgsBody, query: RunQuery): Args {
  const raw = query.raw ? { raw_string: text } : {}
  if (contentType === '' || isJson(contentType)) {
    if (text.trim() === '') return raw
    return { ...toArgs(parseJson(text), query), ...raw }
  }
  if (contentType === 'application/x-www-form-urlencoded') {
    const form = readForm(text)
    return { ...(query.wrap_body ? { body: form } : form), ...raw }
  }
  if (contentType === 'multipart/form-data')
    throw new Problem(
      'request.unsupported_media_type',
      'Files cannot be taken yet: send JSON, a form without files (application/x-www-form-urlencoded) or text.',
    )
  if (contentType.startsWith('text/') || contentType.endsWith('/xml') || contentType.endsWith('+xml'))
    return text === '' ? raw : { body: text, ...raw }
  throw new Problem(
    'request.unsupported_media_type',
    `${contentType} cannot become arguments: send JSON, a form or text; binary data as base64 inside JSON.`,
  )
}

function toArgs(value: unknown, query: RunQuery): Args {
  return isObject(value) && !query.wrap_body ? value : { body: value }
}

function readForm(text: string): Args {
  const form = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

/** The text of a `payload`, which is base64; throws `request.malformed`. */
export function decodePayload(payload: string): string {
  const text = payload.replaceAll(' ', '+')
  if (!/^[\w+/-]*={0,2}$/.test(text))
    throw new Problem('request.malformed', 'The payload is no base64: encode the JSON of the arguments.')
  return Buffer.from(text, 'base64').toString('utf8')
}

function split(names: string | undefined): readonly string[] {
  return (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}
