import { queryOptions, useQuery } from '@tanstack/react-query'
import { client } from './client.ts'

/** What a member's rights to items are judged by, before the server does. */
export interface Member {
  readonly username: string
  readonly is_admin: boolean
  readonly operator: boolean
}

export function memberQuery(workspace: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'member'],
    queryFn: ({ signal }): Promise<Member> => client.auth.whoami({ workspace }, { signal }),
    staleTime: 60_000,
  })
}

/** The caller as a member of the workspace; undefined until it is known. */
export function useMember(workspace: string): Member | undefined {
  return useQuery(memberQuery(workspace)).data
}

/** Whether the caller runs scripts and writes none; false until it is known. */
export function useIsOperator(workspace: string): boolean {
  const member = useMember(workspace)
  return member?.operator === true && !member.is_admin
}

/** Why a member may not write an item at this path, for the reader; undefined where the server is to say. */
export function whyNotWritable(member: Member | undefined, path: string): string | undefined {
  const [, owner] = /^u\/([^/]+)\/./.exec(path) ?? []
  if (!member || member.is_admin || owner === undefined || owner === member.username) return undefined
  return `Only ${owner} and administrators may write below u/${owner}/.`
}

/** Whose an item is, by its path. */
export function ownerText(path: string): string {
  const [, kind, owner = ''] = /^([ufg])\/([^/]+)\//.exec(path) ?? []
  if (kind === 'u') return `Belongs to ${owner}`
  return kind === 'f' ? `In the folder ${owner}` : `Of the group ${owner}`
}
