import type { Language } from '@millrace/contracts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { client } from './client.ts'

export const languagesQuery = queryOptions({
  queryKey: ['languages'],
  queryFn: ({ signal }) => client.instance.listLanguages({}, { signal }),
  staleTime: Number.POSITIVE_INFINITY,
})

export const sandboxesQuery = queryOptions({
  queryKey: ['sandboxes'],
  queryFn: ({ signal }) => client.instance.listSandboxes({}, { signal }),
  refetchInterval: 60_000,
})

/** What the server tells about a language; one that it does not know keeps its id for a name. */
export function useLanguage(id: string | undefined): Language | undefined {
  const { data } = useQuery(languagesQuery)
  if (id === undefined) return undefined
  return data?.find((language) => language.id === id) ?? unknownLanguage(id)
}

function unknownLanguage(id: string): Language {
  const icon = id.slice(0, 2)
  return { id, kind: 'process', label: id, extension: '', aliases: [], editor: 'plaintext', icon, starter: '' }
}
