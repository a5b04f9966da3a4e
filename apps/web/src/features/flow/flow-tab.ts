/** The tabs of a flow's page, as they stand in its URL. */
export const flowTabs = ['run', 'graph', 'source', 'runs', 'versions', 'api'] as const
export type FlowTab = (typeof flowTabs)[number]

export interface FlowSearch {
  readonly tab?: FlowTab
  readonly version?: number
  /** A run whose inputs are filled in. */
  readonly from?: string
}

export function parseFlowSearch(search: Readonly<Record<string, unknown>>): FlowSearch {
  const { version, from } = { version: undefined, from: undefined, ...search }
  const tab = flowTabs.find((each) => each === search['tab'])
  return {
    ...(tab && tab !== 'run' && { tab }),
    ...(typeof version === 'number' && Number.isSafeInteger(version) && version > 0 && { version }),
    ...(typeof from === 'string' && from !== '' && { from }),
  }
}
