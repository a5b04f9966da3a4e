import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { shiftClock } from '@millrace/queue/testing/nemesis/shift-clock'
import { SECRET } from './api-fixture.ts'

const PROGRAM = new URL('./crash-api.ts', import.meta.url).pathname

/** Where an API process answers, and what its clock says. */
export interface Address {
  readonly url: string
  readonly nowMs: number
}

/** The API in a process of its own, which tests may kill. */
export class ApiProcess {
  readonly ready: Promise<Address>
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>

  constructor(databaseUrl: string, clockShiftMs = 0) {
    const order = JSON.stringify({ url: databaseUrl, secret: SECRET })
    const options = ['--conditions=source', ...shiftClock(clockShiftMs), PROGRAM, order]
    this.#child = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin?.on('error', () => {})
    this.#exited = once(this.#child, 'close')
    this.ready = this.#hear()
    // One that is killed before it is ready was not waited for.
    this.ready.catch(() => undefined)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
  }

  async #hear(): Promise<Address> {
    if (!this.#child.stdout) throw new Error('the API process has no stdout')
    const line = once(createInterface(this.#child.stdout), 'line') as Promise<[string]>
    const first = await Promise.race([line, this.#exited.then(() => undefined)])
    if (!first) throw new Error('the API process ended before it was ready')
    return JSON.parse(first[0]) as Address
  }
}

/** Calls the API as a client over the network does; undefined when the connection broke. */
export async function callApi(
  { url }: Address,
  path: string,
  { token, body }: { readonly token: string; readonly body: object },
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  try {
    const reply = await fetch(`${url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: reply.status, text: await reply.text() }
  } catch {
    // The server was killed in the middle of it, as it should be now and then.
    return undefined
  }
}
