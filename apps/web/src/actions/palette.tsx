import { Command } from 'cmdk'
import type { ReactNode } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { Kbd } from '../ui/kbd.tsx'
import { useAllActions } from './action-registry.tsx'
import { isMac } from './platform.ts'
import { shortcutText } from './shortcut.ts'

export interface PaletteItem {
  readonly id: string
  readonly title: string
  readonly detail?: string
  readonly icon?: ReactNode
  readonly perform: () => void
}

interface PaletteProps {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  /** Things to go to, beside what can be done. */
  readonly groups: readonly { readonly title: string; readonly items: readonly PaletteItem[] }[]
}

/** Everything by name: actions of the page, pages, scripts. */
export function Palette({ isOpen, onOpenChange, groups }: PaletteProps) {
  const actions = useAllActions().filter((action) => !action.isHidden)
  const choose = (perform: () => void) => () => {
    onOpenChange(false)
    perform()
  }
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title="Go to anything" isTitleHidden>
      <Command label="Go to anything" filter={rank} className="flex max-h-[60vh] flex-col">
        <Command.Input
          autoFocus
          placeholder="Script, page or action"
          className="h-12 border-b border-line bg-transparent px-4 text-lg outline-none"
        />
        <Command.List className="overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted">
          <Command.Empty className="px-2.5 py-6 text-center text-muted">Nothing has this name.</Command.Empty>
          <Command.Group heading="Actions">
            {actions.map((action) => (
              <Row key={action.id} id={`action ${action.id} ${action.title}`} onSelect={choose(action.perform)}>
                <span className="flex w-5 justify-center text-muted">{action.icon}</span>
                <span className="flex-1">{action.title}</span>
                {action.shortcut && <Kbd keys={shortcutText(action.shortcut, isMac)} />}
              </Row>
            ))}
          </Command.Group>
          {groups.map((group) => (
            <Command.Group key={group.title} heading={group.title}>
              {group.items.map((item) => (
                <Row key={item.id} id={`${item.id} ${item.title} ${item.detail ?? ''}`} onSelect={choose(item.perform)}>
                  <span className="flex w-5 justify-center text-muted">{item.icon}</span>
                  <span className="min-w-0 flex-1 truncate">{item.title}</span>
                  {item.detail && (
                    <span className="max-w-[50%] truncate font-mono text-xs text-muted">{item.detail}</span>
                  )}
                </Row>
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  )
}

/** Every word must occur; a name that begins with one goes first. The first word of a value is its id's kind. */
function rank(value: string, search: string): number {
  const text = value.toLowerCase()
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.every((word) => text.includes(word))) return 0
  return words.every((word) => text.includes(` ${word}`)) ? 1 : 0.5
}

function Row({
  id,
  onSelect,
  children,
}: {
  readonly id: string
  readonly onSelect: () => void
  readonly children: ReactNode
}) {
  return (
    <Command.Item
      value={id}
      onSelect={onSelect}
      className="flex h-9 cursor-default items-center gap-2 rounded-md px-2.5 text-sm data-[selected=true]:bg-hover"
    >
      {children}
    </Command.Item>
  )
}
