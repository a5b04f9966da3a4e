/** What the address says of the resources: the tab, what they are narrowed by, and the open one. */
export interface ResourcesSearch {
  readonly tab?: 'types'
  readonly q?: string
  readonly type?: string
  readonly label?: string
  readonly page?: number
  /** The path of the open resource, or on the other tab the name of the open type. */
  readonly open?: string
  readonly new?: true
}

/** What is not understood is dropped. */
export function parseResourcesSearch(search: Readonly<Record<string, unknown>>): ResourcesSearch {
  const page = Number(search['page'])
  const isNew = search['new'] === true
  return {
    ...(search['tab'] === 'types' && { tab: 'types' as const }),
    ...text('q', search),
    ...text('type', search),
    ...text('label', search),
    ...(Number.isInteger(page) && page > 1 && { page }),
    ...(isNew ? { new: true as const } : text('open', search)),
  }
}

function text<N extends 'q' | 'type' | 'label' | 'open'>(name: N, search: Readonly<Record<string, unknown>>) {
  const value = search[name]
  const isGiven = (typeof value === 'string' && value !== '') || typeof value === 'number'
  return isGiven ? { [name]: String(value) } : {}
}
