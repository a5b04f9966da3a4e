import type { ClaimedJob, CompletionAnswer, FinishStep, RunEnd } from '@millrace/queue'
import type { FailAt } from '../shell/failpoint.ts'
import type { FlowShell } from '../shell/flow-shell.ts'

/** The shells of one process. Most have one; where flows are to stop each at a point of its own, they have shells of their own. */
export class FlowShells {
  readonly #make: (failAt: FailAt | undefined) => FlowShell
  readonly #failAtOf: (flow: string) => FailAt | undefined
  readonly #shells = new Map<FailAt | undefined, FlowShell>()
  readonly #underWay = new Map<FlowShell, Set<Promise<unknown>>>()

  constructor(
    make: (failAt: FailAt | undefined) => FlowShell,
    failAtOf: (flow: string) => FailAt | undefined = () => undefined,
  ) {
    this.#make = make
    this.#failAtOf = failAtOf
  }

  /** Of a flow, by the id of its run. */
  of(flow: string): FlowShell {
    const failAt = this.#failAtOf(flow)
    const shell = this.#shells.get(failAt) ?? this.#make(failAt)
    this.#shells.set(failAt, shell)
    return shell
  }

  run(job: ClaimedJob, signal: AbortSignal): Promise<RunEnd> {
    const shell = this.of(flowOf(job))
    return this.#watch(shell, shell.run(job, signal))
  }

  readonly finishStep: FinishStep = (end): Promise<CompletionAnswer | undefined> => {
    const shell = this.of(flowOf(end.job))
    return this.#watch(shell, shell.finishStep(end))
  }

  ended(job: ClaimedJob): void {
    this.of(flowOf(job)).ended(job)
  }

  /** Resolves when a shell has nothing under way; all of them, unless told whose. */
  async settled(flow?: string): Promise<void> {
    const shells = flow === undefined ? [...this.#shells.values()] : [this.of(flow)]
    for (const shell of shells) {
      for (const work of this.#underWay.get(shell) ?? []) await work.catch(() => undefined)
      await shell.settled()
    }
  }

  async #watch<T>(shell: FlowShell, work: Promise<T>): Promise<T> {
    const known = this.#underWay.get(shell) ?? new Set()
    this.#underWay.set(shell, known.add(work))
    try {
      return await work
    } finally {
      known.delete(work)
    }
  }
}

function flowOf(job: ClaimedJob): string {
  return job.rootJob ?? job.id
}
