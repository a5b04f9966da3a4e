import type { Line } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

const LIVE_MS = 5_000
/** Samples are taken each 30 s. */
const SAMPLE_MS = 30_000

/** Lines of one page; there is another when it is full. */
export const LINES_PER_PAGE = 100

/** Tags with unfinished jobs, by name; `page` is counted from 1. */
export function linesQuery(page: number) {
  return queryOptions({
    queryKey: ['queue', 'lines', { page }],
    queryFn: ({ signal }) => client.lines.listLines({ query: { page, per_page: LINES_PER_PAGE } }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
    staleTime: 1_000,
  })
}

/** The line of one tag; null when nothing of it is unfinished. */
export function lineQuery(tag: string) {
  return queryOptions({
    queryKey: ['queue', 'line', tag],
    queryFn: async ({ signal }): Promise<Line | null> => {
      const [line] = await client.lines.listLines({ query: { tag } }, { signal })
      return line ?? null
    },
    refetchInterval: LIVE_MS,
    staleTime: 1_000,
  })
}

/** Depth and delay of all tags over the last `windowS` seconds. */
export function queueSeriesQuery(windowS: number) {
  return queryOptions({
    queryKey: ['queue', 'series', windowS],
    queryFn: ({ signal }) => client.lines.getQueueMetricsSeries({ query: { window_secs: windowS } }, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: SAMPLE_MS,
    staleTime: 10_000,
  })
}

/** How many workers each group should have. */
export const scaleHintQuery = queryOptions({
  queryKey: ['queue', 'scale-hint'],
  queryFn: ({ signal }) => client.lines.getScaleHint({}, { signal }),
  refetchInterval: LIVE_MS,
  staleTime: 1_000,
})

export function useSetQueueWeight() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ workspace, weight }: { readonly workspace: string; readonly weight: number }) =>
      client.workspaces.setQueueWeight({ workspace, body: { weight } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['queue'] }),
  })
}

/** Code that says hello, whose required arguments are texts. */
export interface Example {
  readonly language: string
  readonly content: string
}

/** Puts an example into a workspace's queue for later, so that there is something to see. */
export function useScheduleExample(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn({ delayS, ...example }: Example & { readonly delayS: number }) {
      const { schema } = await client.scripts.inferSignature({ body: example })
      const args = Object.fromEntries((schema.required ?? []).map((name) => [name, 'World']))
      const query = { scheduled_in_secs: delayS }
      return await client.jobs.runScriptPreview({ workspace, query, body: { ...example, args } })
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['queue'] }),
  })
}
