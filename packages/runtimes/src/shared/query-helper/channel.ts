import { Socket } from 'node:net'

/** What the worker asks. */
export type Order =
  | {
      readonly op: 'run'
      readonly job: string
      readonly request: import('../../runtime.ts').QueryRequest
      readonly rowsMax: number
      readonly bytesMax: number
    }
  /** The server shall stop what the job runs. */
  | { readonly op: 'cancel'; readonly job: string }
  /** The job is over now, whatever the server says. */
  | { readonly op: 'drop'; readonly job: string }

/** The control channel seen from the helper: orders come as `<bytes>\n` and JSON, replies go as frames that begin with the job. */
export class Channel {
  readonly #socket = new Socket({ fd: 3, readable: true, writable: true })
  #chunks: Buffer[] = []
  #length = 0

  /** Resolves when the worker is gone. */
  listen(onOrder: (order: Order) => void): Promise<void> {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#length += chunk.length
      for (let order = this.#take(); order; order = this.#take()) onOrder(order)
    })
    return new Promise((resolve) => {
      for (const event of ['end', 'close', 'error']) this.#socket.once(event, () => resolve())
    })
  }

  /** `payload` is the JSON of a result or an error, or a piece of the log. */
  send(kind: 'result' | 'error' | 'text', job: string, payload: string): void {
    const body = Buffer.from(`${job}\n${payload}`)
    this.#socket.write(Buffer.concat([Buffer.from(`${kind} ${body.length}\n`), body]))
  }

  #take(): Order | undefined {
    if (this.#length === 0) return undefined
    const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks)
    this.#chunks = [all]
    const end = all.indexOf(10)
    if (end < 0) return undefined
    const size = Number(all.toString('latin1', 0, end))
    if (all.length < end + 1 + size) return undefined
    const order: unknown = JSON.parse(all.toString('utf8', end + 1, end + 1 + size))
    const rest = all.subarray(end + 1 + size)
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#length = rest.length
    // The worker is who started us: its word needs no second look.
    return order as Order
  }
}
