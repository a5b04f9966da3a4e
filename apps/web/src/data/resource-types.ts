import { FormSchema, type NewResourceType, type ResourceType, type ResourceTypeChange } from '@millrace/contracts'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

export function resourceTypesQuery(workspace: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'resource-types'],
    queryFn: ({ signal }) => client.resourceTypes.listResourceType({ workspace }, { signal }),
    staleTime: 30_000,
  })
}

/** The form of a type's values; undefined for one that takes any value. */
export function schemaOfType(type: ResourceType | undefined): FormSchema | undefined {
  const { data } = FormSchema.safeParse(type?.schema)
  return data && Object.keys(data.properties ?? {}).length > 0 ? data : undefined
}

/** The name that people know a type by. */
export function typeLabel(types: readonly ResourceType[] | undefined, name: string): string {
  return types?.find((type) => type.name === name)?.display_name ?? name
}

/** Makes a type, or changes the one of this name; its name. */
export function useSaveResourceType(workspace: string) {
  const refresh = useRefreshTypes(workspace)
  return useMutation({
    async mutationFn(save: SavedResourceType) {
      if (save.name !== undefined) {
        await client.resourceTypes.updateResourceType({ workspace, path: save.name, body: save.body })
        return save.name
      }
      await client.resourceTypes.createResourceType({ workspace, body: save.body })
      return save.body.name
    },
    onSuccess: () => void refresh(),
  })
}

export type SavedResourceType =
  | { readonly name: undefined; readonly body: NewResourceType }
  | { readonly name: string; readonly body: ResourceTypeChange }

/** Deletes a type of this workspace and gives what brings it back; its resources stay. */
export function useDeleteResourceType(workspace: string) {
  const refresh = useRefreshTypes(workspace)
  return useMutation({
    async mutationFn({ name, schema, description, format_extension, is_fileset, display_name }: ResourceType) {
      await client.resourceTypes.deleteResourceType({ workspace, path: name })
      const body = { name, schema, description, format_extension, is_fileset, display_name }
      return async () => {
        await client.resourceTypes.createResourceType({ workspace, body })
        await refresh()
      }
    },
    onSuccess: () => void refresh(),
  })
}

function useRefreshTypes(workspace: string) {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['w', workspace, 'resource-types'] })
}
