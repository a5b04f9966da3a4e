import { appendFileSync } from 'node:fs'
import type { ClaimedJob, Outcome, RunEnd } from '@millrace/queue'
import type { Executor } from '@millrace/worker'

/** What a worker of a rehearsal does besides: for `millrace flow test --chaos` alone. */
export interface Chaos {
  /** Where each end of a step is noted, one JSON text a line. */
  readonly file: string
  /** The step at whose first end the process dies. */
  readonly step: string | undefined
}

/**
 * Executors that note how each step ended, and where one ends at which the process is to die, kill it: its script has done all it does, and
 * nothing of that is written yet.
 */
export function withChaos(
  executors: ReadonlyMap<string, Executor>,
  chaos: Chaos | undefined,
): ReadonlyMap<string, Executor> {
  if (!chaos) return executors
  return new Map([...executors].map(([kind, executor]) => [kind, dyingExecutor(executor, chaos)]))
}

function dyingExecutor(executor: Executor, { file, step }: Chaos): Executor {
  return {
    kind: executor.kind,
    async execute(job, context) {
      const end = await executor.execute(job, context)
      const module = job.options.step?.module
      if (module === undefined || !isOutcome(end)) return end
      appendFileSync(file, `${noteOf(job, module, end)}\n`)
      if (module === step) process.kill(process.pid, 'SIGKILL')
      return end
    },
    placesFor: (job) => executor.placesFor?.(job) ?? 0,
    recall: () => executor.recall?.(),
  }
}

function isOutcome(end: RunEnd): end is Outcome {
  return end.status !== 'parked' && end.status !== 'unbegun'
}

function noteOf({ id }: ClaimedJob, step: string, { status, resultJson, resultPieces }: Outcome): string {
  const result: unknown = resultJson === null ? { pieces: resultPieces } : JSON.parse(resultJson)
  return JSON.stringify({ job: id, step, isSuccess: status === 'success', result })
}
