import type { NewResource, ResourceChange, WorkspaceResource } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

export const RESOURCES_PER_PAGE = 100

export interface ResourceFilter {
  /** In path, description or value. */
  readonly text?: string | undefined
  readonly type?: string | undefined
  readonly label?: string | undefined
  readonly page?: number | undefined
}

export function resourcesQuery(workspace: string, { text, type, label, page = 1 }: ResourceFilter) {
  return queryOptions({
    queryKey: ['w', workspace, 'resources', { text, type, label, page }],
    queryFn: ({ signal }) =>
      client.resources.listResource(
        {
          workspace,
          query: { page, per_page: RESOURCES_PER_PAGE, broad_filter: text || undefined, resource_type: type, label },
        },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })
}

export function resourceQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'resource', path],
    queryFn: ({ signal }) => client.resources.getResource({ workspace, path }, { signal }),
  })
}

/** How many resources each type has. */
export function resourceCountsQuery(workspace: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'resources', 'counts'],
    queryFn: async ({ signal }) => {
      const counts = await client.resourceTypes.listResourceCountsByType({ workspace }, { signal })
      return new Map(counts.map(({ resource_type, count }) => [resource_type, count]))
    },
  })
}

/** Makes a resource, or changes the one at `path`; the path that it has then. */
export function useSaveResource(workspace: string) {
  const refresh = useRefreshResources(workspace)
  return useMutation({
    async mutationFn(save: SavedResource) {
      if (save.path !== undefined)
        return await client.resources.updateResource({ workspace, path: save.path, body: save.body })
      await client.resources.createResource({ workspace, body: save.body })
      return save.body.path
    },
    onSuccess: () => void refresh(),
  })
}

export type SavedResource =
  { readonly path: undefined; readonly body: NewResource } | { readonly path: string; readonly body: ResourceChange }

/** Deletes a resource and gives what brings it back. */
export function useDeleteResource(workspace: string) {
  const refresh = useRefreshResources(workspace)
  return useMutation({
    async mutationFn(path: string) {
      const kept: WorkspaceResource = await client.resources.getResource({ workspace, path })
      await client.resources.deleteResource({ workspace, path })
      const { value, resource_type, description, labels } = kept
      return async () => {
        await client.resources.createResource({ workspace, body: { path, value, resource_type, description, labels } })
        await refresh()
      }
    },
    onSuccess: () => void refresh(),
  })
}

function useRefreshResources(workspace: string) {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({ queryKey: ['w', workspace, 'resources'] })
    await queries.invalidateQueries({ queryKey: ['w', workspace, 'resource'] })
  }
}
