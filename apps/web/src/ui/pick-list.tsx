import { Popover } from '@base-ui/react/popover'
import { Command } from 'cmdk'
import { useState, type ReactElement, type ReactNode } from 'react'

export interface PickItem {
  readonly id: string
  readonly title: string
  readonly detail?: string | undefined
  readonly icon?: ReactNode
}

interface PickListProps {
  readonly trigger: ReactElement
  /** Names the field that narrows the list. */
  readonly label: string
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  readonly text: string
  /** Narrowing is the caller's: the list shows what it is given. */
  readonly onText: (text: string) => void
  /** Undefined while they are on their way. */
  readonly items: readonly PickItem[] | undefined
  readonly onPick: (id: string) => void
  /** What is said where there are none. */
  readonly emptyText: string
  readonly error?: string | undefined
  /** What else can be done, below the list. */
  readonly actions?: readonly (PickItem & { readonly perform: () => void })[]
  readonly align?: 'start' | 'end'
}

const ROW = 'flex min-h-8 cursor-default items-center gap-2 rounded-md px-2 py-1 text-sm data-[selected=true]:bg-hover'

/** A list that floats below its button, narrowed by typing; arrows move, Enter picks, Escape closes. */
export function PickList(props: PickListProps) {
  const { items, actions = [], onOpenChange } = props
  const ids = [...(items ?? []).map(({ id }) => id), ...actions.map(({ id }) => actionValue(id))]
  const shown = ids.join('\n')
  const [moved, setMoved] = useState({ in: shown, to: ids[0] })
  // What arrives goes before what can be done without it: each list begins at its first row.
  const at = moved.in === shown ? moved.to : ids[0]
  const close = (perform: () => void) => () => {
    onOpenChange(false)
    perform()
  }
  return (
    <Popover.Root open={props.isOpen} onOpenChange={(next) => onOpenChange(next)}>
      <Popover.Trigger render={props.trigger} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align={props.align ?? 'start'} collisionPadding={8} className="z-50">
          <Popover.Popup
            aria-label={props.label}
            className="flex max-h-(--available-height) w-[max(var(--anchor-width),min(320px,calc(100vw-24px)))] flex-col rounded-md border border-line bg-raised shadow-float outline-none"
          >
            <Command
              label={props.label}
              shouldFilter={false}
              value={at ?? ''}
              onValueChange={(to) => setMoved({ in: shown, to })}
              className="flex min-h-0 flex-col"
            >
              <Command.Input
                value={props.text}
                onValueChange={props.onText}
                placeholder={props.label}
                className="h-9 shrink-0 border-b border-line bg-transparent px-2.5 text-base outline-none"
              />
              <Command.List className="max-h-72 overflow-y-auto p-1">
                {props.error !== undefined && <p className="px-2 py-1.5 text-sm text-failed">{props.error}</p>}
                {!items && props.error === undefined && (
                  <p role="status" className="px-2 py-1.5 text-sm text-muted">
                    Loading
                  </p>
                )}
                {items?.length === 0 && <p className="px-2 py-1.5 text-sm text-muted">{props.emptyText}</p>}
                {items?.map((item) => (
                  <Command.Item
                    key={item.id}
                    value={item.id}
                    onSelect={close(() => props.onPick(item.id))}
                    className={ROW}
                  >
                    <Row item={item} />
                  </Command.Item>
                ))}
                {actions.length > 0 && (
                  <div className="sticky -bottom-1 -mx-1 -mb-1 border-t border-line bg-raised p-1">
                    {actions.map((action) => (
                      <Command.Item
                        key={action.id}
                        value={actionValue(action.id)}
                        onSelect={close(action.perform)}
                        className={ROW}
                      >
                        <Row item={action} />
                      </Command.Item>
                    ))}
                  </div>
                )}
              </Command.List>
            </Command>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function actionValue(id: string): string {
  return `action ${id}`
}

function Row({ item }: { readonly item: PickItem }) {
  return (
    <>
      {item.icon && <span className="flex w-4 shrink-0 justify-center text-muted">{item.icon}</span>}
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 break-all" title={item.title}>
          {item.title}
        </span>
        {item.detail && <span className="block truncate text-xs text-muted">{item.detail}</span>}
      </span>
    </>
  )
}
