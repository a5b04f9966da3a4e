import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Service } from '@millrace/base/lifecycle'
import { openVault, type SecretKeys } from '@millrace/vault'
import type { FastifyInstance } from 'fastify'
import { Authenticator } from './http/authenticator.ts'
import { buildApp } from './http/build-app.ts'
import { PageMemory } from './jobs/page-memory.ts'
import { LoginLimit } from './login/login-limit.ts'
import type { ApiParts } from './http/implement.ts'
import { TagSettings } from './tags/tag-settings.ts'

/** How the API is put together. */
export interface ApiOptions extends ApiParts {
  /** Folder of the built web application, with `index.html`. */
  readonly webFolder?: string | undefined
  /** Where the key of secrets comes from; without it the database keeps one. */
  readonly secretKeys?: SecretKeys | undefined
}

/** The HTTP server as a service; `app` answers without a port too (`app.inject`). */
export interface Api extends Service {
  readonly app: FastifyInstance
  /** Where it listens; undefined before `start`. */
  readonly url: string | undefined
}

/** Builds the HTTP server; it listens once it is started. Needs the migrated database. */
export async function createApi({ webFolder, secretKeys, ...parts }: ApiOptions): Promise<Api> {
  const { config, log, db } = parts
  const closing = new AbortController()
  const authenticator = await Authenticator.open(db, config.superadminSecret)
  const vault = await openVault(db, secretKeys)
  const memory = { loginLimit: new LoginLimit(), tagSettings: new TagSettings(db.kysely), pages: new PageMemory() }
  const app = await buildApp({ parts, authenticator, vault, ...memory, closing: closing.signal }, webFolder)
  const unused = trackUnused(app.server)
  closeOnceIdle(app.server, closing.signal)
  let url: string | undefined
  let stopped: Promise<void> | undefined
  return {
    name: 'api',
    app,
    get url() {
      return url
    },
    async start() {
      await app.listen({ port: config.port, host: config.host })
      const { port } = app.server.address() as AddressInfo
      url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
      log.info({ url }, 'the API listens')
    },
    /** New requests are refused, streams of events end with `timeout`, what is under way finishes. */
    stop() {
      closing.abort(new Error('shutting down'))
      stopped ??= app.close().then(() => undefined)
      for (const socket of unused) socket.destroy()
      return stopped
    },
  }
}

/**
 * After `closing`, ends each connection with the request that it was busy with: Node ends those that are idle when the server stops, and
 * one that becomes it later would keep the server up until its keep-alive time is over.
 */
function closeOnceIdle(server: Server, closing: AbortSignal): void {
  server.on('request', (_request, reply) => {
    reply.once('close', () => {
      if (closing.aborted) setImmediate(() => server.closeIdleConnections())
    })
  })
}

/**
 * Connections that were opened ahead and have not sent a request, as browsers do: Node counts them as busy for a minute,
 * and the server would not end before.
 */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}
