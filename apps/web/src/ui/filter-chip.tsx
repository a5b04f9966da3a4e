import { X } from 'lucide-react'
import type { ReactNode } from 'react'

interface FilterChipProps {
  readonly name: string
  readonly onRemove: () => void
  readonly children: ReactNode
}

/** What a list is narrowed by, to be taken away. */
export function FilterChip({ name, onRemove, children }: FilterChipProps) {
  return (
    <span className="inline-flex h-7 max-w-full items-center gap-1 rounded-md bg-accent-soft pr-0.5 pl-2 text-sm">
      <span className="truncate">{children}</span>
      <button
        type="button"
        aria-label={`Remove filter ${name}`}
        onClick={onRemove}
        className="inline-flex size-6 items-center justify-center rounded-md text-muted hover:text-text"
      >
        <X size={14} />
      </button>
    </span>
  )
}
