import { FlowOptions, type EditFlow, type Flow, type FlowValue } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'
import type { Args } from './jobs.ts'

const FLOWS_MAX = 1000
/** How often a flow is looked at while its inline scripts are locked. */
const LOCKING_MS = 2000

export function flowsQuery(workspace: string, filter: { readonly isArchivedShown?: boolean } = {}) {
  const isArchivedShown = filter.isArchivedShown === true
  return queryOptions({
    queryKey: ['w', workspace, 'flows', { isArchivedShown }],
    queryFn: ({ signal }) =>
      client.flows.listFlows(
        {
          workspace,
          query: { per_page: FLOWS_MAX, without_description: true, ...(isArchivedShown && { show_archived: true }) },
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })
}

export function flowQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow', path],
    queryFn: ({ signal }) => client.flows.getFlowByPath({ workspace, path }, { signal }),
    refetchInterval: ({ state }) => (state.data?.is_locking ? LOCKING_MS : false),
  })
}

export function flowVersionQuery(workspace: string, version: number) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow-version', version],
    queryFn: ({ signal }) => client.flows.getFlowVersion({ workspace, version }, { signal }),
  })
}

export function flowHistoryQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'flow-history', path],
    queryFn: ({ signal }) => client.flows.getFlowHistory({ workspace, path, query: { per_page: 200 } }, { signal }),
  })
}

export function useRunFlow(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ path, version, args }: { readonly path: string; readonly version?: number; readonly args: Args }) =>
      version === undefined
        ? client.flowRuns.runFlowByPath({ workspace, path, body: args })
        : client.flowRuns.runFlowByVersion({ workspace, version, body: args }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace, 'jobs'] }),
  })
}

export interface FlowPreviewSource {
  readonly value: FlowValue
  readonly path: string | undefined
  readonly args: Args
}

export function useRunFlowPreview(workspace: string) {
  return useMutation({
    mutationFn: (source: FlowPreviewSource) => client.flowRuns.runFlowPreview({ workspace, body: { ...source } }),
  })
}

/** Deploys a flow: a new one, or a version on top of the one that was edited. */
export function useDeployFlow(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ isNew, path, flow }: { readonly isNew: boolean; readonly path: string; readonly flow: EditFlow }) =>
      isNew
        ? client.flows.createFlow({ workspace, body: { ...flow, path } })
        : client.flows.updateFlow({ workspace, path, body: flow }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}

/** Takes a flow out of the lists, or back into them. */
export function useArchiveFlow(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ path, archived }: { readonly path: string; readonly archived: boolean }) =>
      client.flows.archiveFlowByPath({ workspace, path, body: { archived } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['w', workspace] }),
  })
}

/** What a flow has besides what its document says, so that a new version keeps it. */
export function settingsOfFlow(flow: Flow): FlowOptions {
  return FlowOptions.parse(flow)
}
