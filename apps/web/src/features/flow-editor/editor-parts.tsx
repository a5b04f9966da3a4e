import { useState, type ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { useIsWide } from '../../ui/is-wide.ts'
import { Tabs } from '../../ui/tabs.tsx'

type View = 'document' | 'graph' | 'test'

/** Which part is looked at, and at which line of the document. */
export function useView() {
  const [view, choose] = useState<View>('document')
  const [place, setPlace] = useState<{ readonly line: number } | undefined>()
  const isWide = useIsWide()
  return {
    view,
    choose,
    place,
    isWide,
    showLine(line: number) {
      setPlace({ line })
      if (!isWide) choose('document')
    },
  }
}

interface EditorPartsProps {
  readonly view: ReturnType<typeof useView>
  readonly text: ReactNode
  readonly graph: ReactNode
  readonly test: ReactNode
}

/** The text and beside it the graph or the test; where there is no room for two, one of the three. */
export function EditorParts({ view: { view, choose, isWide }, text, graph, test }: EditorPartsProps) {
  if (!isWide) {
    const parts = { document: text, graph, test }
    return (
      <div className="flex min-h-0 flex-1 flex-col px-4">
        <Sides value={view} onChange={choose} hasDocument>
          {parts[view]}
        </Sides>
      </div>
    )
  }
  const side = view === 'document' ? 'graph' : view
  return (
    <Group orientation="horizontal" className="min-h-0 flex-1">
      <Panel defaultSize="52%" minSize="20%" className="flex">
        {text}
      </Panel>
      <Separator className="w-px bg-line hover:bg-accent data-[separator=drag]:bg-accent" />
      <Panel minSize="20%" className="flex flex-col px-4">
        <Sides value={side} onChange={choose} hasDocument={false}>
          {side === 'graph' ? graph : test}
        </Sides>
      </Panel>
    </Group>
  )
}

interface SidesProps {
  readonly value: View
  readonly onChange: (view: View) => void
  readonly hasDocument: boolean
  readonly children: ReactNode
}

function Sides({ value, onChange, hasDocument, children }: SidesProps) {
  const tabs = [
    ...(hasDocument ? [{ id: 'document', title: 'Document' }] : []),
    { id: 'graph', title: 'Graph' },
    { id: 'test', title: 'Test' },
  ]
  return (
    <Tabs label="Parts of the editor" value={value} onChange={(next) => onChange(toView(next))} tabs={tabs}>
      <div className="relative -mx-4 -mt-5 flex min-h-0 flex-1 flex-col">{children}</div>
    </Tabs>
  )
}

function toView(id: string): View {
  return id === 'graph' || id === 'test' ? id : 'document'
}
