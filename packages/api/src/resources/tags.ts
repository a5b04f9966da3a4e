import { tags as contract } from '@millrace/contracts'
import { listServedTags } from '@millrace/db/tables/worker'
import { allRuntimes } from '@millrace/runtimes'
import { implement } from '../http/implement.ts'
import { NOOP } from '../jobs/new-job.ts'
import { isOpenTo, type ParsedTag } from '../tags/custom-tag.ts'

export const tags = implement(contract, {
  getCustomTags: {
    may: 'worker.see',
    async run(cx, { query }) {
      const { customTags } = await cx.tagSettings.rules()
      const shown = cx.caller.isSuperAdmin ? customTags : customTags.filter(isForAll)
      return unique(shown.map((tag) => (query.show_workspace_restriction ? write(tag) : tag.pattern)))
    },
  },
  getCustomTagsForWorkspace: {
    may: 'tag.see',
    async run(cx) {
      const { customTags } = await cx.tagSettings.rules()
      return unique(customTags.filter((tag) => isOpenTo(tag, cx.workspace)).map((tag) => tag.pattern))
    },
  },
  geDefaultTags: { may: 'worker.see', run: () => [...allRuntimes.map((runtime) => runtime.id), NOOP] },
  isDefaultTagsPerWorkspace: {
    may: 'worker.see',
    run: async (cx) => (await cx.tagSettings.rules()).defaultsOf !== 'none',
  },
  existsWorkersWithTags: {
    may: 'worker.see',
    async run(cx, { query }) {
      const asked = unique(query.tags.split(',').filter(Boolean))
      const served = new Set(await listServedTags(cx.db.kysely, cx.leaseMs))
      const { workspace } = query
      const fill = (tag: string) => (workspace === undefined ? tag : tag.replaceAll('$workspace', () => workspace))
      return Object.fromEntries(asked.map((tag) => [tag, served.has(fill(tag))]))
    },
  },
})

function isForAll({ only, except }: ParsedTag): boolean {
  return !only && !except
}

function write({ pattern, only, except }: ParsedTag): string {
  if (only) return `${pattern}(${only.join('+')})`
  return except ? `${pattern}(${except.map((workspace) => `^${workspace}`).join('')})` : pattern
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}
