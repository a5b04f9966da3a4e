import { Dialog } from '../ui/dialog.tsx'
import { Kbd } from '../ui/kbd.tsx'
import { useAllActions } from './action-registry.tsx'
import { isMac } from './platform.ts'
import { shortcutText } from './shortcut.ts'

interface ShortcutMapProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
}

/** Every key that does something on this page. */
export function ShortcutMap({ isOpen, onOpenChange }: ShortcutMapProps) {
  const actions = useAllActions()
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <dl className="grid max-h-[60vh] grid-cols-1 gap-x-8 overflow-y-auto px-4 py-3 text-sm sm:grid-cols-2">
        {actions.flatMap((action) =>
          action.shortcut
            ? [
                <div key={action.id} className="flex h-8 items-center justify-between gap-4">
                  <dt>{action.title}</dt>
                  <dd>
                    <Kbd keys={shortcutText(action.shortcut, isMac)} />
                  </dd>
                </div>,
              ]
            : [],
        )}
        <div className="flex h-8 items-center justify-between gap-4">
          <dt>Close what is open</dt>
          <dd>
            <Kbd keys="Esc" />
          </dd>
        </div>
      </dl>
    </Dialog>
  )
}
