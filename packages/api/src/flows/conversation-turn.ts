import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import { beginTurn, dropTurn, type Turn } from '@millrace/db/tables/flow-conversation'
import type { NewJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'

const TITLE_LENGTH = 100

/** A run of a flow, and whether it is a turn of a conversation. */
export interface TalkedWith {
  readonly job: NewJob
  readonly isChat: boolean
  readonly isTest: boolean
}

/**
 * Asks for a run; one of a chat is noted as a turn of the conversation that its memory names. Throws `flow_conversation.busy`, and
 * `flow_conversation.not_found` where the conversation is with another flow or somebody else's.
 */
export async function inConversation<T>(
  cx: WorkspaceContext,
  { job, isChat, isTest }: TalkedWith,
  ask: (job: NewJob) => Promise<T>,
): Promise<T> {
  const conversation = job.options?.memoryId
  if (!isChat || conversation === undefined) return await ask(job)
  const jobId = job.id ?? newId()
  const said = job.args?.['user_message']
  const turn: Turn = {
    workspace: cx.workspace,
    conversation,
    flowPath: job.scriptPath ?? '',
    person: cx.member.username,
    isTest,
    title: typeof said === 'string' && said !== '' ? said.slice(0, TITLE_LENGTH) : null,
    jobId,
  }
  const begun = await cx.inside((tx) => beginTurn(tx, turn))
  if (begun === 'busy')
    throw new Problem('flow_conversation.busy', 'The conversation is still answering: wait for its last run to end.')
  if (begun === 'of another flow or person')
    throw new Problem(
      'flow_conversation.not_found',
      `You have no conversation ${conversation} with ${turn.flowPath || 'this flow'}: take a new UUID as ?memory_id=… to begin one.`,
    )
  try {
    return await ask({ ...job, id: jobId })
  } catch (error) {
    const isAsked = begun === 'known' || (error instanceof Problem && error.code === 'job.wait_timed_out')
    if (!isAsked) await cx.inside((tx) => dropTurn(tx, turn)).catch(() => undefined)
    throw error
  }
}
