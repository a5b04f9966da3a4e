import type { EditHandler, HandlerEvent, Handlers } from '@millrace/contracts'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

/** Whose jobs a handler is told of. */
export type HandlerScope = 'workspace' | 'instance'

export function handlersQuery(workspace: string, scope: HandlerScope) {
  return queryOptions({
    queryKey: ['w', workspace, 'handlers', scope],
    queryFn: ({ signal }): Promise<Handlers> =>
      scope === 'instance'
        ? client.handlers.getInstanceHandlers({}, { signal })
        : client.handlers.getSettings({ workspace }, { signal }),
  })
}

/** Chooses a handler, or without a path takes it away. */
export function useEditHandler(workspace: string, scope: HandlerScope, event: HandlerEvent) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn(body: EditHandler) {
      if (scope === 'instance') return client.handlers.editInstanceHandler({ event, body })
      switch (event) {
        case 'error':
          return client.handlers.editErrorHandler({ workspace, body })
        case 'success':
          return client.handlers.editSuccessHandler({ workspace, body })
        case 'recovery':
          return client.handlers.editRecoveryHandler({ workspace, body })
      }
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace, 'handlers', scope] }),
  })
}

/** Whether failures of a script or a flow are told to error handlers. */
export function useMute(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({
      kind,
      path,
      muted,
    }: {
      readonly kind: 'script' | 'flow'
      readonly path: string
      readonly muted: boolean
    }) =>
      kind === 'flow'
        ? client.flows.toggleWorkspaceErrorHandlerForFlow({ workspace, path, body: { muted } })
        : client.scripts.toggleWorkspaceErrorHandlerForScript({ workspace, path, body: { muted } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}
