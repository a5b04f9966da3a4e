import { isDeepStrictEqual } from 'node:util'
import { JobError, type CompletedJob } from '@millrace/contracts'
import type { ChaosHouse, StepNote } from './chaos-house.ts'

/** How a step stands it that its worker dies at its end, so that it runs again. */
export interface StepVerdict {
  readonly step: string
  /** How often its job ran. */
  readonly ran: number
  /** What the second run gave, held against the first; `none` where it did not run again. */
  readonly result: 'same' | 'different' | 'failed' | 'none'
  /** How the flow ended, held against the run that nothing disturbed. */
  readonly flow: 'same' | 'different' | 'failed'
  readonly isIdempotent: boolean
  /** Why it is not. */
  readonly reason: string
}

/** What a rehearsal needs of its surroundings. */
export interface Chaos {
  readonly house: Pick<ChaosHouse, 'startWorker' | 'readNotes'>
  /** Runs the flow once, to its end. */
  readonly run: () => Promise<CompletedJob | 'interrupted'>
  readonly tell: (line: string) => void
}

/** What came of it; `failed` is the run that nothing disturbed, where it failed by itself. */
export type ChaosEnd =
  | { readonly kind: 'judged'; readonly verdicts: readonly StepVerdict[] }
  | { readonly kind: 'failed'; readonly job: CompletedJob }
  | { readonly kind: 'interrupted' }

const SHOWN = 60

/**
 * Runs the flow once undisturbed, then once for each of its steps that runs something: there, the worker is killed when the step has done its
 * work and nothing of that is written, and another worker goes on. The two runs of the step had the same inputs, and so are held against
 * each other.
 */
export async function runChaos(chaos: Chaos): Promise<ChaosEnd> {
  const { house, run, tell } = chaos
  const calm = await house.startWorker({ notes: 'calm' })
  tell('runs the flow undisturbed')
  const job = await run()
  await calm.stop()
  if (job === 'interrupted') return { kind: 'interrupted' }
  if (!job.success) return { kind: 'failed', job }
  const steps = new Set((await house.readNotes('calm')).map(({ step }) => step))
  const verdicts: StepVerdict[] = []
  for (const [at, step] of [...steps].entries()) {
    tell(`kills the worker at the end of ${step}`)
    const notes = `step-${at}`
    const disturbed = await runDying(chaos, notes, step)
    if (disturbed === 'interrupted') return { kind: 'interrupted' }
    verdicts.push(judge(step, await house.readNotes(notes), { calm: job, disturbed }))
  }
  return { kind: 'judged', verdicts: blameFlow(verdicts) }
}

/** A run whose worker dies, and another one goes on. */
async function runDying({ house, run }: Chaos, notes: string, step: string): Promise<CompletedJob | 'interrupted'> {
  const doomed = await house.startWorker({ notes, step })
  const running = run()
  const dead = Promise.race([doomed.gone.then(() => true), running.then(() => false)])
  const heir = dead.then((isDead) => (isDead ? house.startWorker({ notes }) : doomed))
  const [job, worker] = await Promise.all([running, heir])
  await worker.stop()
  return job
}

interface Runs {
  readonly calm: CompletedJob
  readonly disturbed: CompletedJob
}

/** Of the job at whose end the worker died, which is the first one of the step. */
function judge(step: string, notes: readonly StepNote[], { calm, disturbed }: Runs): StepVerdict {
  const killed = notes.find((note) => note.step === step)
  const [first, second, ...more] = notes.filter((note) => note.job === killed?.job)
  const result = compareRuns(first, second)
  const flow = compareFlows(calm, disturbed)
  const ran = more.length + Number(first !== undefined) + Number(second !== undefined)
  const isIdempotent = result === 'same' && flow !== 'failed'
  return {
    step,
    ran,
    result,
    flow,
    isIdempotent,
    reason: reasonOf(result, first, second) || flowReason(flow, disturbed),
  }
}

function compareRuns(first: StepNote | undefined, second: StepNote | undefined): StepVerdict['result'] {
  if (!first || !second) return 'none'
  if (first.isSuccess && !second.isSuccess) return 'failed'
  return isDeepStrictEqual(valueOf(first), valueOf(second)) ? 'same' : 'different'
}

/** Of an error what it says: its stack may name folders of the run. */
function valueOf({ result, isSuccess }: StepNote): unknown {
  const error = isSuccess ? undefined : JobError.safeParse(result).data?.error
  return error ? { isSuccess, message: error.message } : { isSuccess, result }
}

function compareFlows(calm: CompletedJob, disturbed: CompletedJob): StepVerdict['flow'] {
  if (!disturbed.success) return 'failed'
  return isDeepStrictEqual(calm.result, disturbed.result) ? 'same' : 'different'
}

function reasonOf(result: StepVerdict['result'], first?: StepNote, second?: StepNote): string {
  switch (result) {
    case 'same':
      return ''
    case 'different':
      return `gave ${describe(first?.result)}, then ${describe(second?.result)}`
    case 'failed':
      return `failed when it ran again: ${describe(second?.result)}`
    case 'none':
      return first ? 'did not run again after its worker died' : 'did not run this time'
  }
}

function flowReason(flow: StepVerdict['flow'], { result }: CompletedJob): string {
  return flow === 'failed' ? `the flow failed afterwards: ${describe(result)}` : ''
}

/** Where no step gives anything else by itself, yet the flow does, it is the repeated step that has changed something elsewhere. */
function blameFlow(verdicts: readonly StepVerdict[]): readonly StepVerdict[] {
  if (verdicts.some(({ isIdempotent }) => !isIdempotent)) return verdicts
  return verdicts.map((verdict) =>
    verdict.flow === 'same'
      ? verdict
      : { ...verdict, isIdempotent: false, reason: 'the flow gives something else when it has run twice' },
  )
}

function describe(result: unknown): string {
  const text = JobError.safeParse(result).data?.error.message ?? JSON.stringify(result ?? null) ?? 'null'
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
