import { AlertDialog as Base } from '@base-ui/react/alert-dialog'
import type { ReactNode } from 'react'
import { buttonClass } from './button.tsx'
import { classNames } from './class-names.ts'

interface ConfirmDialogProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  /** Names what will be done, as the button does: "Cancel 3 runs". */
  readonly title: string
  readonly children: ReactNode
  readonly onConfirm: () => void
}

/** Asks before what cannot be undone. */
export function ConfirmDialog({ isOpen, onOpenChange, title, children, onConfirm }: ConfirmDialogProps) {
  return (
    <Base.Root open={isOpen} onOpenChange={(next) => onOpenChange(next)}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.35)]" />
        <Base.Popup className="fixed top-[20vh] left-1/2 z-50 w-[min(440px,calc(100vw-24px))] -translate-x-1/2 rounded-md border border-line bg-raised p-4 shadow-float outline-none">
          <Base.Title className="text-lg font-medium break-words">{title}</Base.Title>
          <Base.Description className="mt-1 text-muted">{children}</Base.Description>
          <div className="mt-4 flex justify-end gap-2">
            <Base.Close className={buttonClass('plain')}>Back</Base.Close>
            <Base.Close className={classNames(buttonClass('danger'), 'min-w-0 shrink!')} onClick={onConfirm}>
              <span className="truncate">{title}</span>
            </Base.Close>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
