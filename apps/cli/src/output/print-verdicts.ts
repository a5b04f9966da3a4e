import { exit, type ExitCode } from '../exit.ts'
import type { StepVerdict } from '../flow/chaos.ts'
import { formatTable } from './table.ts'
import type { Terminal } from './terminal.ts'
import { printJson } from './print-job.ts'

/** Prints how the steps of a flow stand it to run twice; the exit code says whether all do. */
export function printVerdicts(terminal: Terminal, verdicts: readonly StepVerdict[], wantsJson: boolean): ExitCode {
  if (wantsJson) printJson(terminal, verdicts)
  else if (verdicts.length === 0) terminal.out('No step of the flow runs anything.\n')
  else terminal.out(formatTable(['step', 'ran', 'result', 'flow', 'verdict'], verdicts.map(rowOf)))
  return verdicts.every(({ isIdempotent }) => isIdempotent) ? exit.success : exit.jobFailed
}

function rowOf({ step, ran, result, flow, isIdempotent, reason }: StepVerdict): readonly string[] {
  return [step, String(ran), result, flow, isIdempotent ? 'idempotent' : `not idempotent: ${reason}`]
}
