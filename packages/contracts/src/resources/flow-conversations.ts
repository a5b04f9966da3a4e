import { z } from 'zod'
import { resource } from '../route.ts'
import { ItemPath, Page, Text } from '../shapes.ts'

/** A conversation with a flow that is a chat; its id is the `memory_id` of its runs. */
export const FlowConversation = z.object({
  id: z.string(),
  workspace_id: z.string(),
  flow_path: z.string(),
  title: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  created_by: z.string(),
  /** Begun with a document that was not deployed. */
  is_test: z.boolean(),
  /** What it still answers; there is no other turn until that has ended. */
  running_turn: z.object({ job_id: z.string(), user_seq: z.number() }).optional(),
})
export type FlowConversation = z.infer<typeof FlowConversation>

export const FlowConversationMessage = z.object({
  id: z.string(),
  conversation_id: z.string(),
  message_type: z.enum(['user', 'assistant']),
  content: z.string(),
  /** The run of the turn. */
  job_id: z.string(),
  created_at: z.string(),
  /** Grows from message to message. */
  created_seq: z.number(),
  success: z.boolean(),
})
export type FlowConversationMessage = z.infer<typeof FlowConversationMessage>

const ConversationId = z.object({ conversation_id: z.guid().toLowerCase() })

export const flowConversations = resource({
  listFlowConversations: {
    method: 'GET',
    path: '/w/:workspace/flow_conversations/list',
    summary: 'Conversations of the caller with flows, the one that was last spoken in first.',
    auth: 'user',
    query: Page.extend({ flow_path: ItemPath.optional(), kind: z.enum(['deployed', 'test', 'all']).optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(FlowConversation) },
  },
  updateFlowConversation: {
    method: 'POST',
    path: '/w/:workspace/flow_conversations/update/:conversation_id',
    summary: 'Rename a conversation.',
    auth: 'user',
    params: ConversationId,
    body: { kind: 'json', schema: z.object({ title: Text.min(1).max(255) }) },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['flow_conversation.not_found'],
  },
  deleteFlowConversation: {
    method: 'DELETE',
    path: '/w/:workspace/flow_conversations/delete/:conversation_id',
    summary: 'Forget a conversation; its runs are kept.',
    auth: 'user',
    params: ConversationId,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['flow_conversation.not_found'],
  },
  listConversationMessages: {
    method: 'GET',
    path: '/w/:workspace/flow_conversations/:conversation_id/messages',
    summary:
      'Messages in the order in which they were said: the last ones, a page of the ones before, or those after one.',
    auth: 'user',
    params: ConversationId,
    query: Page.extend({ after_seq: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(FlowConversationMessage) },
    problems: ['flow_conversation.not_found'],
  },
})
