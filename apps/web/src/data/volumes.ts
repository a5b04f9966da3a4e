import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

const LIVE_MS = 10_000

/** Folders that scripts of the workspace keep between their runs. */
export function volumesQuery(workspace: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'volumes'],
    queryFn: ({ signal }) => client.volumes.listVolumes({ workspace }, { signal }),
    refetchInterval: LIVE_MS,
    staleTime: 1_000,
  })
}

/** Removes a volume with its files, by its name. */
export function useDeleteVolume(workspace: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => client.volumes.deleteVolume({ workspace, name }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['w', workspace, 'volumes'] }),
  })
}
