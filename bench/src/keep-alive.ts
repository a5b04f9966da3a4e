import { Agent, request } from 'node:http'

/** A reply, read to its end. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** Posts JSON over connections that stay open, with as little of our own time in it as can be. */
export class KeepAlive {
  readonly #agent: Agent
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string, connections: number) {
    this.#url = url
    this.#token = token
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  post(path: string, body: unknown): Promise<Reply> {
    const text = JSON.stringify(body)
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      authorization: `Bearer ${this.#token}`,
    }
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${path}`, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let read = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => (read += piece))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: read }))
      })
      call.on('error', reject)
      call.end(text)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
