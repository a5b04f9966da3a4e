import type { Logger } from '@millrace/base/logger'
import { runInitScript } from './init-script.ts'

const TIMEOUT_MS = 300_000

/** What there is to run before the first job. */
export interface PreparationWish {
  readonly group: string
  /** Empty is none. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
}

interface PreparationOptions {
  readonly log: Logger
  readonly signal: AbortSignal
  /** What `prepare` says has changed. */
  readonly onChange: () => void
}

/**
 * The init script of a group, run once for each start of a process, before its first job.
 *
 * *waiting* → (there is none) *done* · (there is one) *running* → *done*, or *failed* → (another one was written) *running*,
 * (it was taken away) *done*. Once it is done, an init script that is written later waits for the next start.
 */
export class Preparation {
  readonly #options: PreparationOptions
  #isDone = false
  #running: Promise<void> | undefined
  /** The script that failed, and why. */
  #failed: { readonly script: string; readonly why: string } | undefined

  constructor(options: PreparationOptions) {
    this.#options = options
  }

  /** Sees to it that the host is prepared; says what still keeps the worker from taking jobs. */
  prepare({ group, script, env }: PreparationWish): string | undefined {
    if (this.#isDone) return undefined
    const runs = `The init script of the worker group "${group}" is running: no job is taken before it has ended.`
    if (this.#running) return runs
    if (script.trim() === '') {
      this.#isDone = true
      return undefined
    }
    if (this.#failed?.script === script)
      return `No job is taken, for the init script of the worker group "${group}" failed. ${this.#failed.why} The worker’s log has what it printed: mend it, or remove it.`
    this.#running = this.#run(script, env)
    return runs
  }

  /** Resolves when no script runs. */
  async ended(): Promise<void> {
    await this.#running
  }

  async #run(script: string, env: Readonly<Record<string, string>>): Promise<void> {
    const { log, signal, onChange } = this.#options
    const why = await runInitScript({ text: script, env, timeoutMs: TIMEOUT_MS, log: log.child('init'), signal })
    if (why === undefined) this.#isDone = true
    else this.#failed = { script, why }
    this.#running = undefined
    if (why === undefined) log.info({}, 'the init script has ended')
    else log.error({ why }, 'the init script failed')
    onChange()
  }
}
