import { createHash } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import { flowConversations as contract, type FlowConversation, type FlowConversationMessage } from '@millrace/contracts'
import {
  deleteConversation,
  hasConversation,
  listConversations,
  listMessages,
  renameConversation,
  type ConversationPlace,
  type ListedConversation,
  type MessageRow,
} from '@millrace/db/tables/flow-conversation'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { pageOf } from '../page-of.ts'

const MESSAGES_PER_PAGE_MAX = 200
const KINDS = { deployed: false, test: true, all: undefined } as const

export const flowConversations = implement(contract, {
  listFlowConversations: {
    may: 'flow.read',
    async run(cx, { query }) {
      const { flow_path: flowPath, kind = 'deployed' } = query
      const filter = { person: cx.member.username, flowPath, isTest: KINDS[kind], ...pageOf(query) }
      return (await cx.inside((tx) => listConversations(tx, cx.workspace, filter))).map(toConversation)
    },
  },
  updateFlowConversation: {
    may: 'flow.run',
    async run(cx, { conversation_id: id, body }) {
      if (!(await cx.inside((tx) => renameConversation(tx, placeOf(cx, id), body.title)))) throw missing(id)
      return `the conversation ${id} is renamed`
    },
  },
  deleteFlowConversation: {
    may: 'flow.run',
    async run(cx, { conversation_id: id }) {
      if (!(await cx.inside((tx) => deleteConversation(tx, placeOf(cx, id))))) throw missing(id)
      return `the conversation ${id} is forgotten`
    },
  },
  listConversationMessages: {
    may: 'flow.read',
    async run(cx, { conversation_id: id, query }) {
      const place = placeOf(cx, id)
      const rows = await cx.inside(async (tx) => {
        if (!(await hasConversation(tx, place))) throw missing(id)
        return await listMessages(tx, place, { afterSeq: query.after_seq, ...pageOf(query, MESSAGES_PER_PAGE_MAX) })
      })
      return rows.map((row) => toMessage(id, row))
    },
  },
})

function placeOf(cx: WorkspaceContext, conversation: string): ConversationPlace {
  return { workspace: cx.workspace, conversation, person: cx.member.username }
}

function missing(id: string): Problem {
  return new Problem('flow_conversation.not_found', `You have no conversation ${id} in this workspace.`)
}

function toConversation({ running_job: job, running_seq: seq, ...row }: ListedConversation): FlowConversation {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    ...(job !== null && { running_turn: { job_id: job, user_seq: Number(seq) } }),
  }
}

function toMessage(conversation: string, row: MessageRow): FlowConversationMessage {
  const isUser = row.status === null
  return {
    id: isUser ? row.job_id : answerId(row.job_id),
    conversation_id: conversation,
    message_type: isUser ? 'user' : 'assistant',
    content: isUser ? (row.said ?? '') : contentOf(row),
    job_id: row.job_id,
    created_at: row.at.toISOString(),
    created_seq: Number(row.seq),
    success: isUser || row.status === 'success',
  }
}

/** The message of the user has the id of the run, the answer one that follows from it. */
function answerId(jobId: string): string {
  const hex = createHash('sha256').update(jobId).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A text as it is, what an agent said, what went wrong, and anything else as JSON. */
function contentOf({ result, is_long: isLong }: MessageRow): string {
  if (isLong) return 'The answer is too long to be shown here: it is the result of the run.'
  if (result === null) return ''
  const value: unknown = JSON.parse(result)
  if (typeof value === 'string') return value
  const said = memberOf(value, 'output') ?? memberOf(memberOf(value, 'error'), 'message')
  return typeof said === 'string' ? said : JSON.stringify(value, undefined, 2)
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined
}
