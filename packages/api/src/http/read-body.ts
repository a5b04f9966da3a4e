import { Problem } from '@millrace/base/problem'
import type { Body } from '@millrace/contracts'
import type { FastifyRequest } from 'fastify'
import { parseJson } from './parse-json.ts'
import { parseWith } from './parse-with.ts'

/** A body that is to become a job's arguments, in whichever type it was sent. */
export interface ArgsBody {
  /** Without parameters, in lower case; empty when there was none. */
  readonly contentType: string
  readonly text: string
}

/** Reads the body that a route declares. */
export function readBody(body: Body | undefined, request: FastifyRequest): unknown {
  if (!body) return undefined
  const contentType = mediaType(request.headers['content-type'])
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  switch (body.kind) {
    case 'args':
      return { contentType, text: decode(bytes) } satisfies ArgsBody
    case 'text':
      return decode(bytes)
    case 'json':
      return readJson(body, contentType, bytes)
  }
}

/** Whether a media type is JSON. */
export function isJson(contentType: string): boolean {
  return contentType === 'application/json' || contentType.endsWith('+json')
}

function readJson(body: Body & { kind: 'json' }, contentType: string, bytes: Buffer): unknown {
  if (bytes.length === 0) {
    if (body.optional) return undefined
    throw new Problem('request.malformed', 'A JSON body is needed: send it with "content-type: application/json".')
  }
  if (contentType !== '' && !isJson(contentType))
    throw new Problem(
      'request.unsupported_media_type',
      `The body is ${contentType}: send JSON with "content-type: application/json".`,
    )
  return parseWith(body.schema, parseJson(decode(bytes)), 'body')
}

function mediaType(header: string | undefined): string {
  return header?.split(';')[0]?.trim().toLowerCase() ?? ''
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('request.malformed', 'The body is not UTF-8: send text in that encoding, binary data as base64.')
  }
}
