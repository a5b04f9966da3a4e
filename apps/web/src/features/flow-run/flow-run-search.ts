/** What a page of a run of a flow shows, as it stands in its URL. */
export interface FlowRunSearch {
  readonly view?: 'timeline' | undefined
  /** Key of the step that is looked at; empty for the run as a whole. */
  readonly step?: string | undefined
}

export function parseFlowRunSearch(search: Readonly<Record<string, unknown>>): FlowRunSearch {
  const { step, view } = { step: undefined, view: undefined, ...search }
  return { ...(view === 'timeline' && { view }), ...(typeof step === 'string' && { step }) }
}
