import { X } from 'lucide-react'
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'

interface ListWithPanelProps {
  /** What is open beside the list; on a narrow screen it takes the place of the list. */
  readonly panel: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A list and at its right the chosen one; Escape goes back to the list from wherever the focus is. */
export function ListWithPanel({ panel, onClose, children }: ListWithPanelProps) {
  const isOpen = panel !== undefined && panel !== null && panel !== false
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape' || event.defaultPrevented || !isOpen) return
    // What floats above the page closes by itself.
    if (event.target instanceof Node && !event.currentTarget.contains(event.target)) return
    event.preventDefault()
    onClose()
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="flex min-h-full flex-col lg:flex-row" onKeyDown={onKeyDown}>
      <div className={classNames('min-w-0 flex-1', isOpen && 'border-line max-lg:hidden lg:border-r')}>
        <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-6 sm:px-6">{children}</div>
      </div>
      {panel}
    </div>
  )
}

interface SidePanelProps {
  /** Names the region. */
  readonly label: string
  readonly title: ReactNode
  /** Beside the title. */
  readonly marks?: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The chosen one of a list. */
export function SidePanel({ label, title, marks, onClose, children }: SidePanelProps) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.focus({ preventScroll: true })
    // On a narrow screen it takes the place of the list, whose scrolling it would keep.
    if ((panel.current?.getBoundingClientRect().top ?? 0) < 0) panel.current?.scrollIntoView()
  }, [])
  return (
    <section
      ref={panel}
      tabIndex={-1}
      aria-label={label}
      className="flex w-full min-w-0 shrink-0 flex-col gap-5 px-4 py-6 outline-none sm:px-6 lg:sticky lg:top-0 lg:max-h-[calc(100vh-44px)] lg:w-105 lg:self-start lg:overflow-y-auto"
    >
      <header className="flex items-start gap-1">
        <h2 className="min-w-0 text-lg leading-7 font-medium break-all">{title}</h2>
        {marks}
        <IconButton label="Close" className="ml-auto" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      {children}
    </section>
  )
}
