import { queryOptions } from '@tanstack/react-query'
import { client } from './client.ts'

/** Tags that a script of the workspace may name: the custom ones first, then those of languages and kinds. */
export function tagsQuery(workspace: string) {
  return queryOptions({
    queryKey: ['w', workspace, 'tags'],
    async queryFn({ signal }) {
      const [custom, usual] = await Promise.all([
        client.tags.getCustomTagsForWorkspace({ workspace }, { signal }),
        client.tags.geDefaultTags({}, { signal }),
      ])
      return [...new Set([...custom, ...usual])]
    },
    staleTime: 60_000,
  })
}
