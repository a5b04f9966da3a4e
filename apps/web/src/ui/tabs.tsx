import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

interface TabsProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly tabs: readonly { readonly id: string; readonly title: string; readonly count?: number | undefined }[]
  readonly children: ReactNode
}

/** A row of tabs and the chosen one's panel. */
export function Tabs({ label, value, onChange, tabs, children }: TabsProps) {
  return (
    <Base.Root value={value} onValueChange={(next: string) => onChange(next)} className="flex min-h-0 flex-1 flex-col">
      <Base.List aria-label={label} className="flex shrink-0 gap-4 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className="-mb-px h-9 border-b-2 border-transparent text-sm whitespace-nowrap text-muted hover:text-text data-active:border-accent data-active:font-medium data-active:text-text"
          >
            {tab.title}
            {tab.count !== undefined && <span className="ml-1.5 text-xs text-muted tabular-nums">{tab.count}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel value={value} className="flex min-h-0 flex-1 flex-col pt-5 outline-none">
        {children}
      </Base.Panel>
    </Base.Root>
  )
}
