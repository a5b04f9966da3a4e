import { draftStore } from './draft.ts'

/** What somebody has typed into the editor of a flow and not deployed yet. */
export interface FlowDraft {
  readonly path: string
  readonly source: string
  readonly args: Readonly<Record<string, unknown>>
  /** The version it grew from; absent for a new flow. */
  readonly parentVersion: number | undefined
  readonly savedAt: string
}

/** Drafts of flows, kept in this browser. */
export const flowDrafts = draftStore('flow-draft', isFlowDraft)

function isFlowDraft(value: unknown): value is FlowDraft {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['path', 'source', 'savedAt'] as const
  return (
    texts.every((name) => typeof Reflect.get(value, name) === 'string') &&
    typeof Reflect.get(value, 'args') === 'object'
  )
}
