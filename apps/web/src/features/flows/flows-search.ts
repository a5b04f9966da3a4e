/** What the list of flows is narrowed by, as it stands in its URL. */
export interface FlowsSearch {
  readonly q?: string
  readonly archived?: boolean
}

export function parseFlowsSearch(search: Readonly<Record<string, unknown>>): FlowsSearch {
  const { q, archived } = { q: '', archived: false, ...search }
  return { ...(typeof q === 'string' && q !== '' && { q }), ...(archived === true && { archived }) }
}
