import { Agent, request, type OutgoingHttpHeaders } from 'node:http'

/** A reply, read to its end. */
export interface Reply {
  readonly status: number
  readonly body: string
}

/** Sends and reads JSON over connections that stay open, with as little of our own time in it as can be. */
export class KeepAlive {
  readonly #agent: Agent
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string, connections: number) {
    this.#url = url
    this.#token = token
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  get(path: string): Promise<Reply> {
    return this.#send('GET', path, {}, '')
  }

  post(path: string, body: unknown): Promise<Reply> {
    const text = JSON.stringify(body)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    return this.#send('POST', path, headers, text)
  }

  #send(method: string, path: string, given: OutgoingHttpHeaders, text: string): Promise<Reply> {
    const headers = { ...given, authorization: `Bearer ${this.#token}` }
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}${path}`, { method, agent: this.#agent, headers }, (response) => {
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
