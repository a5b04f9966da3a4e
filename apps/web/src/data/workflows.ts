import { queryOptions } from '@tanstack/react-query'
import { client } from './client.ts'

const LIVE_MS = 1_000

/** The steps of a workflow as code; looked at each second while it is live. */
export function workflowStepsQuery(workspace: string, id: string, isLive: boolean) {
  return queryOptions({
    // What was seen of it while it ran is not its end.
    queryKey: ['w', workspace, 'workflow-steps', id, isLive],
    queryFn: ({ signal }) => client.workflows.listWorkflowSteps({ workspace, id }, { signal }),
    refetchInterval: isLive && LIVE_MS,
    placeholderData: (before) => before,
  })
}
