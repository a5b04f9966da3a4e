import { Problem } from '@millrace/base/problem'
import { resumeFlow } from '@millrace/flow'
import type { ApiParts } from '../http/implement.ts'
import type { Membership } from '../policy/caller.ts'
import type { Asked, SuspendRules, Waiting } from './find-waiting.ts'

/** Every member is in it. */
const EVERYBODY = 'all'

/** An answer as somebody gives it. */
export interface Answer {
  readonly workspace: string
  readonly resumeId: number
  readonly approver: string
  readonly payload: unknown
  readonly approved: boolean
}

/** Why somebody may not answer; undefined: they may. */
export function whyNotAnswer(
  rules: SuspendRules,
  member: Membership | undefined,
  startedBy: string,
): string | undefined {
  if (!member) return rules.isMemberRequired ? 'sign in as a member of the workspace, and answer again' : undefined
  if (rules.isSelfApprovalDisabled && member.username === startedBy)
    return `${startedBy} started the run and may not answer it: ask somebody else`
  if (!rules.groups || member.isAdmin || rules.groups.includes(EVERYBODY)) return undefined
  return `only members of ${rules.groups.join(', ')} may answer: ask one of them`
}

/** Throws `approval.not_waiting`. */
export function requireWaiting({ job, waiting }: Asked): Waiting {
  if (waiting) return waiting
  throw new Problem(
    'approval.not_waiting',
    job.status === null
      ? `The job ${job.id} waits for no answer: its flow has gone on, or was not told to wait at this step.`
      : `The job ${job.id} waits for no answer: it has ended, and its flow with it or without an answer.`,
  )
}

/** Gives an answer to what waits; throws `approval.not_waiting` and `approval.used`. */
export async function answerFlow(
  { db, queue }: Pick<ApiParts, 'db' | 'queue'>,
  { frame, module }: Waiting,
  answer: Answer,
): Promise<void> {
  const { workspace, resumeId, approver, approved } = answer
  const payload = JSON.stringify(answer.payload ?? null)
  const resume = { workspaceId: workspace, job: frame.id, module, resumeId, payload, approver, approved }
  const { kind } = await resumeFlow(db, resume)
  switch (kind) {
    case 'taken':
      return await queue.wakeFrame(frame.id)
    case 'repeated':
      throw new Problem(
        'approval.used',
        `An answer with the number ${resumeId} was given to the step "${module}" already: each counts once.`,
      )
    case 'not_waiting':
      throw new Problem('approval.not_waiting', `The step "${module}" does not wait any more: its flow has gone on.`)
  }
}
