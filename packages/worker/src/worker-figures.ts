import type { Metric } from '@millrace/base/metrics'
import type { OutcomeStatus } from '@millrace/queue'
import { Orphans } from './orphans.ts'

/** What a worker did since its process began: outcomes that it wrote, runs under way, processes it left behind. */
export class WorkerFigures {
  readonly #completed = new Map<OutcomeStatus, number>([
    ['success', 0],
    ['failure', 0],
    ['canceled', 0],
    ['skipped', 0],
  ])
  readonly #orphans = new Orphans()

  completed(status: OutcomeStatus): void {
    this.#completed.set(status, (this.#completed.get(status) ?? 0) + 1)
  }

  /** Follows a run that may have processes. */
  async watch<T>(jobId: string, run: Promise<T>): Promise<T> {
    this.#orphans.begin(jobId)
    try {
      return await run
    } finally {
      this.#orphans.end(jobId)
    }
  }

  async read(): Promise<readonly Metric[]> {
    const orphans = await this.#orphans.count()
    const completed: Metric = {
      name: 'millrace_jobs_completed_total',
      help: 'Outcomes that the worker of this process has written.',
      type: 'counter',
      values: [...this.#completed].map(([status, value]) => ({ labels: { status }, value })),
    }
    if (orphans === undefined) return [completed]
    return [
      completed,
      {
        name: 'millrace_orphan_processes',
        help: 'Processes of jobs of this worker that outlive their job.',
        type: 'gauge',
        values: [{ value: orphans }],
      },
    ]
  }
}
