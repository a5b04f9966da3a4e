import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a program says how far it has come: its number, its worker's group, and the point; without an answer it comes no further. */
export type OnPoint = (nth: number, group: string, point: string) => string | undefined

/** A server that programs ask. */
export interface PointsServer {
  /** To which a program adds the group of its worker and a point. */
  urlOf(nth: number): string
  close(): void
}

/** Starts one on a free port of this machine. */
export async function startPointsServer(onPoint: OnPoint): Promise<PointsServer> {
  const server = createServer((request, reply) => {
    const [, nth, group = '', point = ''] = (request.url ?? '').split('/').map(decodeURIComponent)
    const answer = onPoint(Number(nth), group, point)
    if (answer !== undefined) reply.end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    urlOf: (nth) => `http://127.0.0.1:${port}/${nth}/`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
