import type { SandboxProcess } from '@millrace/sandbox'
import type { Frame } from './frames.ts'
import { Conversation } from './conversation.ts'
import { decideOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import { answerSteps } from './step-answers.ts'
import { planSpec, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from './launch-context.ts'

/** A job whose files lie in `folder`; `onBox` is told of its box as soon as there is one. */
export interface SpawnedJob {
  readonly plan: LaunchPlan
  readonly request: RunRequest
  readonly folder: string
  onBox(box: SandboxProcess): void
}

/** Starts a box for the job and follows it to its end. */
export async function runSpawned(
  context: LaunchContext,
  { plan, request, folder, onBox }: SpawnedJob,
): Promise<RunEnd> {
  // Whoever was to be started ahead of its job is told the environment with its input.
  const env = plan.launch.strategy === 'spawn' ? request.input.env : {}
  const box = await context.sandbox.start(planSpec(plan, { host: folder, inside: '/job', writable: true }, env))
  onBox(box)
  return await followBox(new Conversation(box), plan, request)
}

/** Gives a box its one job and waits until all of it is gone. */
export async function followBox(conversation: Conversation, plan: LaunchPlan, request: RunRequest): Promise<RunEnd> {
  const { box } = conversation
  const output = new Output(
    (text) => request.onLog(text),
    (text) => request.onStream?.(text),
  )
  let frame: Frame | undefined
  const isStep = answerSteps(request, (bytes) => conversation.say(bytes))
  conversation.listen((next) => {
    if (!isStep(next)) frame ??= next
  })
  const printed = Promise.all([
    readText(box.stdout, (text) => output.stdout(text)),
    readText(box.stderr, (text) => output.stderr(text)),
  ])
  conversation.say(plan.launch.encodeInput(request.input))
  const exit = await box.exited
  await Promise.all([printed, conversation.closed])
  output.end()
  const evidence = {
    frame,
    fault: conversation.fault,
    exit,
    output,
    withoutFrame: request.prepared.withoutFrame,
    limits: plan.limits,
  }
  return { outcome: decideOutcome(evidence), exit }
}
