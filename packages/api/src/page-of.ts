const PER_PAGE = 30
const PER_PAGE_MAX = 100

/** Rows to skip and to take; page 0 is page 1, and `max` bounds what one page may hold. */
export function pageOf(
  query: { readonly page?: number | undefined; readonly per_page?: number | undefined },
  max = PER_PAGE_MAX,
): { readonly limit: number; readonly offset: number } {
  const limit = Math.min(query.per_page ?? PER_PAGE, max)
  return { limit, offset: (Math.max(query.page ?? 1, 1) - 1) * limit }
}
