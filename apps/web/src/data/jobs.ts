import type { InputOf } from '@millrace/client'
import type { Contracts, Job } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

export type JobListQuery = NonNullable<InputOf<Contracts['jobs']['listJobs']>['query']>
export type Args = Readonly<Record<string, unknown>>

const LIVE_MS = 3_000
/** While a run is being ended: its last steps follow each other within seconds. */
const ENDING_MS = 1_000

/** A live list; `toQuery` is asked before each look, for a period ends at the time of it. */
export function jobsQuery(workspace: string, filters: object, toQuery: (nowMs: number) => JobListQuery) {
  return queryOptions({
    queryKey: ['w', workspace, 'jobs', filters],
    queryFn: ({ signal }) => client.jobs.listJobs({ workspace, query: toQuery(Date.now()) }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
    staleTime: 1_000,
  })
}

/** A job without its log; polled slowly while unfinished, for its log's stream tells the rest. */
export function jobQuery(workspace: string, id: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'job', id],
    queryFn: ({ signal }): Promise<Job> => client.jobs.getJob({ workspace, id, query: { no_logs: true } }, { signal }),
    refetchInterval: ({ state }) => paceOf(state.data),
    staleTime: 1_000,
  })
}

function paceOf(job: Job | undefined): number | false {
  if (job?.type === 'CompletedJob') return false
  return job?.cancel ? ENDING_MS : LIVE_MS
}

export function jobArgsQuery(workspace: string, id: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'job-args', id],
    queryFn: ({ signal }) => client.jobs.getJobArgs({ workspace, id }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function useRunScript(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ path, hash, args }: { readonly path: string; readonly hash?: string; readonly args: Args }) =>
      hash === undefined
        ? client.jobs.runScriptByPath({ workspace, path, body: args })
        : client.jobs.runScriptByHash({ workspace, hash, body: args }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace, 'jobs'] }),
  })
}

export interface PreviewSource {
  readonly content: string
  readonly language: string
  readonly path: string | undefined
  readonly tag?: string | undefined
  readonly args: Args
}

export function useRunPreview(workspace: string) {
  return useMutation({
    mutationFn: (source: PreviewSource) => client.jobs.runScriptPreview({ workspace, body: source }),
  })
}

/** Asks a job to end; with `force` its end is written at once, whatever its worker does. */
export function useCancelJob(workspace: string) {
  const refresh = useRefreshJob(workspace)
  return useMutation({
    mutationFn: ({ id, force = false }: { readonly id: string; readonly force?: boolean }) =>
      force
        ? client.jobs.forceCancelQueuedJob({ workspace, id, body: {} })
        : client.jobs.cancelQueuedJob({ workspace, id, body: {} }),
    onSuccess: (_reply, { id }) => refresh(id),
  })
}

/** Lets a job that is due later begin now. */
export function useRunNow(workspace: string) {
  const refresh = useRefreshJob(workspace)
  return useMutation({
    mutationFn: (id: string) => client.jobQueue.runQueuedJobNow({ workspace, id }),
    onSuccess: (_reply, id) => refresh(id),
  })
}

function useRefreshJob(workspace: string) {
  const queries = useQueryClient()
  return (id: string) => queries.invalidateQueries({ queryKey: ['w', workspace, 'job', id] })
}

/** Arguments of a job as a form takes them; what is no object of names is kept out. */
export function asArgs(value: unknown): Args {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
