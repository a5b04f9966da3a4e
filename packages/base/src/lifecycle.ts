import type { Logger } from './logger.ts'

/** Something with a life. `start` resolves when it is ready; `stop` is idempotent and may come before `start` ended. */
export interface Service {
  readonly name: string
  start(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Starts services in order and stops them in reverse; `start` gives up and stops what runs when one of them fails. */
export class Supervisor {
  readonly #services: readonly Service[]
  readonly #log: Logger
  readonly #abort = new AbortController()
  readonly #started: Service[] = []
  #stopping: Promise<void> | undefined

  constructor(services: readonly Service[], log: Logger) {
    this.#services = services
    this.#log = log
  }

  async start(): Promise<void> {
    for (const service of this.#services) {
      if (this.#stopping) return
      this.#started.push(service)
      try {
        await service.start(this.#abort.signal)
      } catch (error) {
        await this.stop()
        throw error
      }
    }
  }

  /** Idempotent; a service whose `stop` fails is logged and does not keep the others from stopping. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    this.#abort.abort(new Error('shutting down'))
    for (const service of this.#started.reverse()) {
      try {
        await service.stop()
      } catch (error) {
        this.#log.error({ service: service.name, err: error }, 'a service did not stop cleanly')
      }
    }
  }
}
