import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { Problem } from '@millrace/base/problem'
import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * Scripts and workers come from us alone, WebAssembly too, which reads the code that is typed; styles may stand in elements,
 * as the editor writes them.
 */
const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const YEAR_S = 31_536_000
/** A name with a content hash, as the build writes them: `index-B3x9_fQz.js`. */
const HASHED = /[-.][\w-]{8,}\.\w+(?:\.br|\.gz)?$/

/** The pages of the web application. */
export interface WebPages {
  /** Serves the files of the build under their own names. */
  register(app: FastifyInstance): Promise<void>
  /** Every other address outside the API is the application's own. */
  reply(path: string, reply: FastifyReply): FastifyReply
}

/** Reads a web build; throws when its folder has no `index.html`. */
export async function loadWeb(folder: string): Promise<WebPages> {
  const page = await readFile(join(folder, 'index.html'))
  return {
    register: (app) => registerFiles(app, folder),
    reply(path, reply) {
      if (path.startsWith('/assets/'))
        throw new Problem('route.not_found', 'This file is not part of the running version: load the page again.')
      return reply
        .type('text/html; charset=utf-8')
        .headers({ 'cache-control': 'no-cache', 'content-security-policy': PAGE_POLICY })
        .send(page)
    },
  }
}

async function registerFiles(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: false,
    cacheControl: false,
    // The build writes `<file>.br` and `<file>.gz` beside what gets smaller by it.
    preCompressed: true,
    setHeaders(reply, path) {
      const isHashed = path.startsWith(join(folder, 'assets')) && HASHED.test(path)
      reply.header('cache-control', isHashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
      reply.header('content-security-policy', PAGE_POLICY)
    },
  })
}
