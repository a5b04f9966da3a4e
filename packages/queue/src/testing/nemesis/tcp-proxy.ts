import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { sleep } from '@millrace/base/time'
import type { Random } from '../seeded-random.ts'

/** How a network behaves. */
export interface Weather {
  /** Nothing arrives any more, and nobody is told: as a cable that was pulled. */
  readonly isSilent: boolean
  /** Connections break, and new ones are refused. */
  readonly isRefusing: boolean
  /** What each piece takes in each direction. */
  readonly latencyMs: number
  /** Share of the pieces in whose stead the connection is reset. */
  readonly resets: number
}

/** As on a good day. */
export const CALM: Weather = { isSilent: false, isRefusing: false, latencyMs: 0, resets: 0 }

/** A network between processes and a database: a port on loopback whose pieces are passed on to a unix socket. */
export class TcpProxy {
  readonly #path: string
  readonly #random: Random
  readonly #server: Server
  readonly #links = new Set<() => void>()
  #weather = CALM
  #clearing = Promise.withResolvers<void>()

  private constructor(path: string, random: Random) {
    this.#path = path
    this.#random = random
    this.#server = createServer((near) => this.#link(near))
  }

  /** Opens the port; `databaseUrl` names a unix socket (`?host=`). */
  static async open(databaseUrl: string, random: Random): Promise<TcpProxy> {
    const { searchParams } = new URL(databaseUrl.replace('@/', '@socket/'))
    const path = `${searchParams.get('host')}/.s.PGSQL.${searchParams.get('port')}`
    const proxy = new TcpProxy(path, random)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** The way to the same database through the proxy. */
  through(databaseUrl: string): string {
    const { port } = this.#server.address() as AddressInfo
    return databaseUrl.replace('@/', `@127.0.0.1:${port}/`).replace(/\?.*$/, '')
  }

  /** Changes the weather for what is under way and what comes. */
  become(weather: Partial<Weather>): void {
    const wasSilent = this.#weather.isSilent
    this.#weather = { ...CALM, ...weather }
    if (this.#weather.isRefusing) for (const cut of this.#links) cut()
    if (wasSilent && !this.#weather.isSilent) {
      this.#clearing.resolve()
      this.#clearing = Promise.withResolvers()
    }
  }

  async close(): Promise<void> {
    this.become({ isRefusing: true })
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #link(near: Socket): void {
    if (this.#weather.isRefusing) return void near.resetAndDestroy()
    const far = connect(this.#path)
    const cut = () => {
      this.#links.delete(cut)
      near.resetAndDestroy()
      far.destroy()
    }
    this.#links.add(cut)
    for (const socket of [near, far]) socket.on('error', cut).on('close', cut)
    this.#pass(near, far, cut)
    this.#pass(far, near, cut)
  }

  /** Pieces stay in order: each waits for the one before it. */
  #pass(from: Socket, to: Socket, cut: () => void): void {
    let before = Promise.resolve()
    from.on('data', (piece: Buffer) => {
      if (this.#random() < this.#weather.resets) return cut()
      const { latencyMs } = this.#weather
      const travel = latencyMs > 0 ? sleep(latencyMs) : undefined
      before = before.then(async () => {
        await travel
        while (this.#weather.isSilent) await this.#clearing.promise
        if (!to.destroyed) to.write(piece)
      })
    })
    from.on('end', () => void before.then(() => to.end()))
  }
}
