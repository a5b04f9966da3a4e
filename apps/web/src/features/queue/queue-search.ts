/** Stretches of time that curves show. */
export const spans = ['1h', '24h', '7d'] as const
export type Span = (typeof spans)[number]

export const SPAN_S: Readonly<Record<Span, number>> = { '1h': 3600, '24h': 86_400, '7d': 604_800 }
export const SPAN_NAMES: Readonly<Record<Span, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
}

/** What the address says of the queue: the open line, the stretch of the curves, the page. */
export interface QueueSearch {
  readonly tag?: string
  readonly span?: Exclude<Span, '1h'>
  readonly page?: number
}

/** What is not understood is dropped. */
export function parseQueueSearch(search: Readonly<Record<string, unknown>>): QueueSearch {
  const tag = search['tag']
  const span = spans.find((each) => each === search['span'])
  const page = Number(search['page'])
  return {
    ...((typeof tag === 'string' || typeof tag === 'number') && tag !== '' && { tag: String(tag) }),
    ...(span && span !== '1h' && { span }),
    ...(Number.isInteger(page) && page > 1 && { page }),
  }
}
