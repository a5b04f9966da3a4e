import type { Database } from '@millrace/db'
import type { ClaimedJob } from '@millrace/queue'
import type { Code } from './flow-fixture.ts'

/** What the steps of flows that crash run, and which of them ran that may not. */
export class CrashCode {
  readonly #db: Database
  readonly #wrong = new Map<string, string[]>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Steps of a flow that ran although they had ended, or twice in one process. */
  wrongRunsOf(flow: string): readonly string[] {
    return this.#wrong.get(flow) ?? []
  }

  /** Code as one process runs it; of a flow that stands still there it gives nothing. */
  inProcess(isStill: (flow: string) => boolean): Readonly<Record<string, Code>> {
    const begun = new Set<string>()
    const watched =
      (code: Code): Code =>
      async (args, job) => {
        const flow = job.rootJob ?? job.id
        if (begun.has(job.id) || (await this.#hasEnded(job))) this.#noteWrong(flow, job)
        begun.add(job.id)
        return isStill(flow) ? await new Promise<never>(() => undefined) : await code(args, job)
      }
    return {
      add: watched(({ a, b }) => Number(a) + Number(b)),
      echo: watched((args) => args),
      shaky: watched(({ n }, { options }) => (options.step?.failures === 0 ? fail() : n)),
      fail: watched(fail),
    }
  }

  async #hasEnded({ id }: ClaimedJob): Promise<boolean> {
    return (await this.#db.pool.query('select from job_outcome where id = $1', [id])).rowCount !== 0
  }

  #noteWrong(flow: string, { rawCode, argsJson }: ClaimedJob): void {
    const known = this.#wrong.get(flow) ?? []
    known.push(`${rawCode} ${argsJson}`)
    this.#wrong.set(flow, known)
  }
}

function fail(): never {
  throw new Error('it failed')
}
