import { queryOptions, useQuery } from '@tanstack/react-query'
import { client } from './client.ts'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => client.auth.globalWhoami({}, { signal }),
  staleTime: 60_000,
})

export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: ({ signal }) => client.workspaces.listUserWorkspaces({}, { signal }),
  staleTime: 60_000,
})

export function useSession() {
  return useQuery(sessionQuery)
}

/** The caller's name in the workspace, the `<user>` of `u/<user>/…`. */
export function useUsername(workspace: string): string | undefined {
  const { data } = useQuery(workspacesQuery)
  return data?.workspaces.find((each) => each.id === workspace)?.username
}

export function signIn(email: string, password: string): Promise<string> {
  return client.auth.login({ body: { email, password } })
}

export function signOut(): Promise<string> {
  return client.auth.logout({})
}
