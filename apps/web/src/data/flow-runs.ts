import type { FlowRestart, FlowStatus, Job } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, type QueryClient } from '@tanstack/react-query'
import { client } from './client.ts'
import { jobQuery } from './jobs.ts'

/** Iterations and branches are looked at as often as this while their run goes on; of the run itself the stream tells. */
const FRAME_MS = 1_000
/** Only the states are wanted of the list of all jobs. */
const RESULT_LENGTH = 0

/** Every job below a run: state, times and place. */
export function flowJobsQuery(workspace: string, id: string, isLive: boolean) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow-jobs', id],
    queryFn: ({ signal }) =>
      client.flowRuns.getFlowAllResults({ workspace, id, query: { max_result_len: RESULT_LENGTH } }, { signal }),
    refetchInterval: isLive ? FRAME_MS : false,
    placeholderData: keepPreviousData,
    staleTime: 500,
  })
}

/** An iteration or a branch of a run, which is a job with a state of its own. */
export function frameQuery(workspace: string, id: string) {
  return queryOptions({
    ...jobQuery(workspace, id),
    refetchInterval: ({ state }) => (state.data?.type === 'CompletedJob' ? false : FRAME_MS),
  })
}

/** Takes over how far a run is, as its stream tells. */
export function keepFlowStatus(queries: QueryClient, workspace: string, id: string, status: FlowStatus): void {
  queries.setQueryData(jobQuery(workspace, id).queryKey, (job: Job | undefined) =>
    job?.type === 'QueuedJob' ? { ...job, flow_status: status } : job,
  )
  void queries.invalidateQueries({ queryKey: ['w', workspace, 'flow-jobs', id] })
}

/** Runs a flow again from a place on; the id of the new run. */
export function useRestart(workspace: string) {
  return useMutation({
    mutationFn: ({ id, place }: { readonly id: string; readonly place: FlowRestart }) =>
      client.flowRuns.restartFlowAtStep({ workspace, id, body: place }),
  })
}
