import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'

export interface MenuEntry {
  readonly id: string
  readonly label: string
  readonly icon?: ReactNode
  readonly isChecked?: boolean
  readonly isDangerous?: boolean
  readonly perform: () => void
}

interface MenuProps {
  readonly trigger: ReactElement
  readonly groups: readonly { readonly title?: string; readonly entries: readonly MenuEntry[] }[]
}

/** A button's menu, in groups parted by lines. */
export function Menu({ trigger, groups }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-50">
          <Base.Popup className="min-w-48 rounded-md border border-line bg-raised p-1 shadow-float outline-none">
            {groups.map((group, index) => (
              <Base.Group key={group.title ?? index} className={index > 0 ? 'mt-1 border-t border-line pt-1' : ''}>
                {group.title && (
                  <Base.GroupLabel className="px-2 py-1 text-xs text-muted">{group.title}</Base.GroupLabel>
                )}
                {group.entries.map((entry) => (
                  <Base.Item
                    key={entry.id}
                    onClick={entry.perform}
                    className={`flex h-8 cursor-default items-center gap-2 rounded-md px-2 text-sm outline-none data-highlighted:bg-hover ${entry.isDangerous ? 'text-failed' : ''}`}
                  >
                    <span className="flex w-4 shrink-0 justify-center text-muted">{entry.icon}</span>
                    <span className="flex-1 truncate">{entry.label}</span>
                    {entry.isChecked && <Check size={14} aria-label="chosen" />}
                  </Base.Item>
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
