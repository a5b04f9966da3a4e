import { createHash } from 'node:crypto'
import type { Connection, Driver } from './driver.ts'

const IDLE_MS = 60_000
/** Of one resource. */
const IDLE_MAX = 8

interface Idle {
  readonly connection: Connection
  readonly timer: NodeJS.Timeout
}

/** Connections by the resource that opened them; one serves one job at a time, and goes when it was idle for a minute. */
export class Pool {
  readonly #driver: Driver
  readonly #idle = new Map<string, Idle[]>()

  constructor(driver: Driver) {
    this.#driver = driver
  }

  /** The one used last, else a new one. */
  async take(resource: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Connection> {
    const idle = this.#idle.get(keyOf(resource)) ?? []
    for (let entry = idle.pop(); entry; entry = idle.pop()) {
      clearTimeout(entry.timer)
      if (!entry.connection.isBroken) return entry.connection
      void close(entry.connection)
    }
    return await this.#driver.connect(resource, signal)
  }

  /** After its job: made as new, or closed. */
  async release(resource: Readonly<Record<string, unknown>>, connection: Connection): Promise<void> {
    const isClean = !connection.isBroken && (await connection.reset().catch(() => false))
    const key = keyOf(resource)
    const idle = this.#idle.get(key) ?? []
    if (!isClean || idle.length >= IDLE_MAX) return await close(connection)
    this.#idle.set(key, idle)
    const timer = setTimeout(() => {
      const at = idle.findIndex((entry) => entry.connection === connection)
      if (at >= 0) idle.splice(at, 1)
      if (idle.length === 0) this.#idle.delete(key)
      void close(connection)
    }, IDLE_MS)
    idle.push({ connection, timer: timer.unref() })
  }
}

/** The secret itself is no key. */
function keyOf(resource: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(resource)).digest('base64')
}

async function close(connection: Connection): Promise<void> {
  await connection.close().catch(() => undefined)
}
