import { ApiError } from '@millrace/client'
import type { FlowFixWish } from '@millrace/contracts'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

/** Where and with what a run failed, and which others did alike; null where there is nothing to fix. */
export function failureQuery(workspace: string, id: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow-failure', id],
    queryFn: ({ signal }) =>
      client.flowFixes.getFlowFailure({ workspace, id }, { signal }).catch((error: unknown) => {
        if (ApiError.is(error) && error.code === 'flow_run.not_failed') return null
        throw error
      }),
  })
}

/** What was changed of a run: of the one that it continues, and by the one that continues it. */
export function fixesQuery(workspace: string, id: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow-fixes', id],
    queryFn: ({ signal }) => client.flowFixes.listFlowFixes({ workspace, id }, { signal }),
  })
}

/** Changes a run that failed and lets it go on, in another one; others that failed alike too, where that is wished. */
export function useFix(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, wish }: { readonly id: string; readonly wish: FlowFixWish }) =>
      client.flowFixes.fixFlowRun({ workspace, id, body: wish }),
    // Not awaited: the form goes when the page knows of the fix, and with it whoever is to be told where the run goes on.
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}
