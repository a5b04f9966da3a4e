import type { FlowStatus, FlowStatusModule } from '@millrace/contracts'

const MARKS: Readonly<Record<FlowStatusModule['type'], string>> = {
  WaitingForPriorSteps: '·',
  WaitingForEvents: '?',
  WaitingForExecutor: '…',
  InProgress: '▶',
  Success: '✓',
  Failure: '✗',
}

/** Tells each change of a step once, in a line. */
export class StepTeller {
  readonly #told = new Map<string, string>()
  readonly #tell: (line: string) => void

  constructor(tell: (line: string) => void) {
    this.#tell = tell
  }

  update(status: FlowStatus): void {
    for (const module of status.modules) {
      const line = lineOf(module)
      if (module.type === 'WaitingForPriorSteps' || this.#told.get(module.id ?? '') === line) continue
      this.#told.set(module.id ?? '', line)
      this.#tell(`${line}\n`)
    }
  }
}

/** A step in words. */
export function lineOf(module: FlowStatusModule): string {
  const {
    type,
    id = '',
    iterator,
    flow_jobs: jobs,
    count,
    skipped,
    branch_chosen: branch,
    failed_retries: retries,
  } = module
  const notes = [
    ...(skipped ? ['skipped'] : []),
    ...(iterator?.itered_len !== undefined && jobs ? [`${jobs.length} of ${iterator.itered_len}`] : []),
    ...(branch ? [branch.type === 'default' ? 'default branch' : `branch ${(branch.branch ?? 0) + 1}`] : []),
    ...(retries?.length ? [`tried again ${retries.length} times`] : []),
    ...(type === 'WaitingForEvents' ? [`waits for ${count ?? 1} to answer`] : []),
  ]
  return `${MARKS[type]} ${id}${notes.length > 0 ? `  ${notes.join(', ')}` : ''}`
}
