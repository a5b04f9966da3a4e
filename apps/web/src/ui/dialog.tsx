import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

interface DialogProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly title: string
  readonly isTitleHidden?: boolean
  /** A click outside does not close it: something is being typed. */
  readonly isSticky?: boolean
  readonly className?: string
  readonly children: ReactNode
}

/** A modal near the top of the page; Esc and a click outside close it. */
export function Dialog({
  isOpen,
  onOpenChange,
  title,
  isTitleHidden,
  isSticky = false,
  className,
  children,
}: DialogProps) {
  return (
    <Base.Root open={isOpen} disablePointerDismissal={isSticky} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.35)]" />
        <Base.Popup
          className={classNames(
            'fixed top-[12vh] left-1/2 z-50 w-[min(560px,calc(100vw-24px))] -translate-x-1/2 overflow-hidden rounded-md border border-line bg-raised shadow-float outline-none',
            className,
          )}
        >
          <Base.Title className={isTitleHidden ? 'sr-only' : 'border-b border-line px-4 py-3 text-lg font-medium'}>
            {title}
          </Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
