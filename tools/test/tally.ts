import { z } from 'zod'

const Skipped = z.object({ file: z.string(), name: z.string(), reason: z.string().optional() })

/** What the tests of one stage came to. */
export const Tally = z.object({ passed: z.number(), failed: z.array(z.string()), skipped: z.array(Skipped) })
export type Tally = z.infer<typeof Tally>

/** Where the reporter writes the tally of its run, and where the stage reads it. */
export const TALLY_FILE_VARIABLE = 'MILLRACE_TALLY_FILE'

/** One stage, run. */
export interface StageResult {
  readonly name: string
  readonly seconds: number
  readonly tally: Tally
}

/** The tally of a stage, given how its process ended and what the reporter wrote; `undefined` when it wrote nothing. */
export function judgeTests(stage: string, exitCode: number | null, written: Tally | undefined): Tally {
  if (!written) return failure(`${stage}: ended with ${exitCode} before it reported`)
  if (written.passed + written.failed.length === 0) return { ...written, failed: [`${stage}: no test ran`] }
  if (exitCode !== 0 && written.failed.length === 0)
    return { ...written, failed: [`${stage}: ended with ${exitCode} although no test failed (see its output)`] }
  return written
}

/** The tally of a stage that is no test run: one that passed or failed. */
export function judgeCommand(stage: string, exitCode: number | null): Tally {
  return exitCode === 0 ? { passed: 1, failed: [], skipped: [] } : failure(`${stage}: ended with ${exitCode}`)
}

/**
 * The end of a run: a line per stage, every skip under its reason, every failure, and last `N passed, N failed` with the
 * skips when there are any. A skip without a reason counts as a failure.
 */
export function summaryLines(results: readonly StageResult[]): readonly string[] {
  const { passed, failed, explained } = total(results)
  const last = `${passed} passed, ${failed.length} failed`
  return [
    ...results.map(stageLine),
    ...skipLines(explained),
    ...(failed.length > 0 ? ['', `failed (${failed.length})`, ...failed.map((name) => `  ${name}`)] : []),
    '',
    explained.length > 0 ? `${last}, ${explained.length} skipped` : last,
  ]
}

/** Whether everything passed that was not skipped for a reason. */
export function hasPassed(results: readonly StageResult[]): boolean {
  return results.length > 0 && total(results).failed.length === 0
}

/** `ok   unit      12.3 s  412 passed`. */
export function stageLine({ name, seconds, tally }: StageResult): string {
  const word = tally.failed.length === 0 ? 'ok  ' : 'FAIL'
  const counts = [`${tally.passed} passed`]
  if (tally.failed.length > 0) counts.push(`${tally.failed.length} failed`)
  if (tally.skipped.length > 0) counts.push(`${tally.skipped.length} skipped`)
  return `${word} ${name.padEnd(9)} ${seconds.toFixed(1).padStart(6)} s  ${counts.join(', ')}`
}

function total(results: readonly StageResult[]) {
  const skipped = results.flatMap((result) => result.tally.skipped)
  const unexplained = skipped.filter((skip) => !skip.reason)
  return {
    passed: results.reduce((sum, result) => sum + result.tally.passed, 0),
    failed: [
      ...results.flatMap((result) => result.tally.failed),
      ...unexplained.map(
        (skip) => `${skip.file} > ${skip.name}: skipped without a reason; use skip(condition, reason)`,
      ),
    ],
    explained: skipped.filter((skip) => skip.reason),
  }
}

function skipLines(skipped: Tally['skipped']): readonly string[] {
  const byReason = Map.groupBy(skipped, (skip) => skip.reason)
  return [...byReason].flatMap(([reason, skips]) => [
    '',
    `skipped (${skips.length}): ${reason}`,
    ...skips.map((skip) => `  ${skip.file} > ${skip.name}`),
  ])
}

function failure(what: string): Tally {
  return { passed: 0, failed: [what], skipped: [] }
}
