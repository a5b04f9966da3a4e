import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

const LIVE_MS = 5_000
const WORKERS_MAX = 1000
/** What the names of groups' configurations begin with; `configs/list_worker_groups` leaves it out. */
const GROUP_PREFIX = 'worker__'

/** What a worker group is given, as it is kept; keys that are not known stay. */
export type GroupConfig = Readonly<Record<string, unknown>>

/** Workers that were heard of in the last minutes. */
export const workersQuery = queryOptions({
  queryKey: ['workers', 'list'],
  queryFn: ({ signal }) => client.workerGroups.listWorkers({ query: { per_page: WORKERS_MAX } }, { signal }),
  refetchInterval: LIVE_MS,
  staleTime: 1_000,
})

export const workerGroupsQuery = queryOptions({
  queryKey: ['workers', 'groups'],
  queryFn: ({ signal }) => client.workerGroups.listWorkerGroups({}, { signal }),
  refetchInterval: 30_000,
})

/** All of a group's configuration; null when nobody wrote one. Asked once, for an editor begins with it. */
export function groupConfigQuery(group: string) {
  return queryOptions({
    queryKey: ['workers', 'config', group],
    queryFn: ({ signal }) => loadGroupConfig(group, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
}

/** Writes a group on top of what is there at the time; `change` gets null where there is nothing. */
export function useSaveGroup() {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn({ group, change }: SavedGroup) {
      const config = change(await loadGroupConfig(group))
      await client.workerGroups.updateConfig({ name: `${GROUP_PREFIX}${group}`, body: config })
      return config
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['workers'] }),
  })
}

export interface SavedGroup {
  readonly group: string
  readonly change: (current: GroupConfig | null) => Record<string, unknown>
}

/** Deletes a group and gives what it was, for it to be brought back. */
export function useDeleteGroup() {
  const queries = useQueryClient()
  return useMutation({
    async mutationFn(group: string) {
      const config = await loadGroupConfig(group)
      await client.workerGroups.deleteConfig({ name: `${GROUP_PREFIX}${group}` })
      return config
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['workers'] }),
  })
}

/** Custom tags as superadmins write them. */
export const customTagsQuery = queryOptions({
  queryKey: ['settings', 'custom_tags'],
  queryFn: async ({ signal }): Promise<readonly string[]> => {
    const value = await client.settings.getGlobal({ key: 'custom_tags' }, { signal })
    return Array.isArray(value) ? value.map(String) : []
  },
})

export function useSaveCustomTags() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (tags: readonly string[]) =>
      client.settings.setGlobal({ key: 'custom_tags', body: { value: tags.length === 0 ? null : tags } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  })
}

function loadGroupConfig(group: string, signal?: AbortSignal): Promise<GroupConfig | null> {
  return client.workerGroups.getConfig({ name: `${GROUP_PREFIX}${group}` }, { signal })
}
