/** What the address says of the variables: what they are narrowed by, and the open one. */
export interface VariablesSearch {
  readonly q?: string
  readonly label?: string
  readonly page?: number
  /** The path of the open one. */
  readonly variable?: string
  readonly new?: true
}

/** What is not understood is dropped. */
export function parseVariablesSearch(search: Readonly<Record<string, unknown>>): VariablesSearch {
  const page = Number(search['page'])
  const isNew = search['new'] === true
  return {
    ...text('q', search),
    ...text('label', search),
    ...(Number.isInteger(page) && page > 1 && { page }),
    ...(isNew ? { new: true as const } : text('variable', search)),
  }
}

function text<N extends 'q' | 'label' | 'variable'>(name: N, search: Readonly<Record<string, unknown>>) {
  const value = search[name]
  const isGiven = (typeof value === 'string' && value !== '') || typeof value === 'number'
  return isGiven ? { [name]: String(value) } : {}
}
