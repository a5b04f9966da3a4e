import { ApiError } from '@millrace/client'
import type { NewVariable, VariableChange } from '@millrace/contracts'
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client } from './client.ts'

export const VARIABLES_PER_PAGE = 100

export interface VariableFilter {
  /** In path, description or value. */
  readonly text?: string | undefined
  readonly label?: string | undefined
  readonly page?: number | undefined
}

export function variablesQuery(workspace: string, { text, label, page = 1 }: VariableFilter) {
  return queryOptions({
    queryKey: ['w', workspace, 'variables', { text, label, page }],
    queryFn: ({ signal }) =>
      client.variables.listVariable(
        { workspace, query: { page, per_page: VARIABLES_PER_PAGE, broad_filter: text || undefined, label } },
        { signal },
      ),
    placeholderData: keepPreviousData,
  })
}

/** A variable, a secret without its value. */
export function variableQuery(workspace: string, path: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'variable', path],
    queryFn: ({ signal }) =>
      client.variables.getVariable({ workspace, path, query: { decrypt_secret: false } }, { signal }),
  })
}

/** The value of a secret; asked for by somebody who wants to see it, and not kept. */
export function useRevealVariable(workspace: string) {
  return useMutation({
    mutationFn: (path: string) => client.variables.getVariableValue({ workspace, path }),
    gcTime: 0,
  })
}

/** Makes a variable, or changes the one at `path`; the path that it has then. */
export function useSaveVariable(workspace: string) {
  const refresh = useRefreshVariables(workspace)
  return useMutation({
    async mutationFn(save: SavedVariable) {
      if (save.path !== undefined)
        return await client.variables.updateVariable({ workspace, path: save.path, body: save.body })
      await client.variables.createVariable({ workspace, body: save.body })
      return save.body.path
    },
    onSuccess: () => void refresh(),
    gcTime: 0,
  })
}

export type SavedVariable =
  { readonly path: undefined; readonly body: NewVariable } | { readonly path: string; readonly body: VariableChange }

/** Deletes a variable and gives what brings it back; of a secret that, without its value being seen. */
export function useDeleteVariable(workspace: string) {
  const refresh = useRefreshVariables(workspace)
  return useMutation({
    async mutationFn(path: string) {
      const kept = await loadSealed(workspace, path)
      await client.variables.deleteVariable({ workspace, path })
      if (!kept) return undefined
      return async () => {
        await client.variables.createVariable({ workspace, body: kept, query: { already_encrypted: true } })
        await refresh()
      }
    },
    onSuccess: () => void refresh(),
    gcTime: 0,
  })
}

/** A variable as a body that makes it again; undefined for a secret that nobody can read any more. */
async function loadSealed(workspace: string, path: string): Promise<NewVariable | undefined> {
  try {
    const query = { decrypt_secret: false, include_encrypted: true }
    const found = await client.variables.getVariable({ workspace, path, query })
    const { value = '', is_secret, description, labels, account, is_oauth, expires_at } = found
    return { path, value, is_secret, description, labels, account, is_oauth, expires_at }
  } catch (error) {
    if (ApiError.is(error) && error.code === 'variable.unreadable') return undefined
    throw error
  }
}

function useRefreshVariables(workspace: string) {
  const queries = useQueryClient()
  return async () => {
    await queries.invalidateQueries({ queryKey: ['w', workspace, 'variables'] })
    await queries.invalidateQueries({ queryKey: ['w', workspace, 'variable'] })
  }
}
