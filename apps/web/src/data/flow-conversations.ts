import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

/** How often a conversation is looked at while it answers. */
const ANSWERING_MS = 700
const MESSAGES = 200

export function conversationsQuery(workspace: string, flowPath: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'conversations', flowPath],
    queryFn: ({ signal }) =>
      client.flowConversations.listFlowConversations(
        { workspace, query: { flow_path: flowPath, per_page: 100 } },
        { signal },
      ),
  })
}

/** What was said; looked at again and again while the last word is the user's. */
export function messagesQuery(workspace: string, conversation: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'messages', conversation],
    queryFn: ({ signal }) =>
      client.flowConversations.listConversationMessages(
        { workspace, conversation_id: conversation, query: { per_page: MESSAGES } },
        { signal },
      ),
    refetchInterval: ({ state }) => (state.data?.at(-1)?.message_type === 'user' ? ANSWERING_MS : false),
  })
}

/** What somebody says to a flow. */
export interface Utterance {
  readonly conversation: string
  readonly text: string
}

export function useSay(workspace: string, flowPath: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ conversation, text }: Utterance) =>
      client.flowRuns.runFlowByPath({
        workspace,
        path: flowPath,
        query: { memory_id: conversation },
        body: { user_message: text },
      }),
    onSuccess: (_run, { conversation }) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['w', workspace, 'conversations'] }),
        queries.invalidateQueries({ queryKey: ['w', workspace, 'messages', conversation] }),
        queries.invalidateQueries({ queryKey: ['w', workspace, 'jobs'] }),
      ]),
  })
}

export function useForgetConversation(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (conversation: string) =>
      client.flowConversations.deleteFlowConversation({ workspace, conversation_id: conversation }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace, 'conversations'] }),
  })
}
