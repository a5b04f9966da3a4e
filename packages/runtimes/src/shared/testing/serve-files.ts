import { once } from 'node:events'
import { createServer } from 'node:http'

/** Files by their path from the root, at an address of the loopback interface. */
export interface FileServer {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[]
  close(): void
}

/** Serves what `find` gives for a path, which begins with `/`; anything else is not found. */
export async function serveFiles(find: (path: string) => Uint8Array | string | undefined): Promise<FileServer> {
  const requests: string[] = []
  const server = createServer((request, reply) => {
    const path = request.url ?? '/'
    requests.push(path)
    const content = find(path)
    reply.writeHead(content === undefined ? 404 : 200).end(content)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  return { url: `http://127.0.0.1:${address.port}`, requests, close: () => server.close() }
}
