import { Button } from './button.tsx'

interface PageLinksProps {
  readonly page: number
  readonly isLast: boolean
  readonly onPage: (page: number) => void
}

/** To the page before and the one after. */
export function PageLinks({ page, isLast, onPage }: PageLinksProps) {
  return (
    <nav aria-label="Pages" className="flex items-center gap-2 text-sm">
      <Button disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <span className="text-muted tabular-nums">Page {page}</span>
      <Button disabled={isLast} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  )
}
