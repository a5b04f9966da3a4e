import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  BookOpen,
  Braces,
  Database,
  FileCode2,
  HardDrive,
  History,
  Keyboard,
  Layers,
  Plus,
  Search,
  Server,
  Settings,
  SunMoon,
  Workflow,
} from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { Palette } from '../../actions/palette.tsx'
import { ShortcutMap } from '../../actions/shortcut-map.tsx'
import { flowsQuery } from '../../data/flows.ts'
import { useIsOperator } from '../../data/member.ts'
import { scriptsQuery } from '../../data/scripts.ts'
import { chooseTheme } from '../../data/theme.ts'
import { links } from '../../links.ts'
import { Header } from './header.tsx'
import { SandboxBanner } from './sandbox-banner.tsx'
import { Sidebar } from './sidebar.tsx'

interface ShellProps {
  readonly workspace: string
  readonly children: ReactNode
}

type PageLink = (typeof links)[
  | 'home'
  | 'flows'
  | 'runs'
  | 'newScript'
  | 'newFlow'
  | 'variables'
  | 'resources'
  | 'volumes'
  | 'queue'
  | 'workers'
  | 'settings']

/** The frame around every page: thin header, thin sidebar, and what works everywhere. */
export function Shell({ workspace, children }: ShellProps) {
  const navigate = useNavigate()
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  const [isMapOpen, setMapOpen] = useState(false)
  const scripts = useQuery({ ...scriptsQuery(workspace), enabled: isPaletteOpen }).data ?? []
  const flows = useQuery({ ...flowsQuery(workspace), enabled: isPaletteOpen }).data ?? []
  const isOperator = useIsOperator(workspace)
  const go = (to: PageLink) => () => void navigate({ to, params: { workspace } })

  useActions([
    {
      id: 'palette',
      title: 'Go to anything',
      icon: <Search size={14} />,
      shortcut: 'mod+k',
      isHidden: true,
      perform: () => setPaletteOpen(true),
    },
    {
      id: 'shortcuts',
      title: 'Show keyboard shortcuts',
      icon: <Keyboard size={14} />,
      shortcut: '?',
      perform: () => setMapOpen(true),
    },
    { id: 'theme', title: 'Switch between light and dark', icon: <SunMoon size={14} />, perform: switchTheme },
  ])

  const pages = [
    { id: 'page home', title: 'Home', icon: <FileCode2 size={14} />, perform: go(links.home) },
    { id: 'page flows', title: 'Flows', icon: <Workflow size={14} />, perform: go(links.flows) },
    { id: 'page runs', title: 'Runs', icon: <History size={14} />, perform: go(links.runs) },
    { id: 'page variables', title: 'Variables', icon: <Braces size={14} />, perform: go(links.variables) },
    { id: 'page resources', title: 'Resources', icon: <Database size={14} />, perform: go(links.resources) },
    { id: 'page volumes', title: 'Volumes', icon: <HardDrive size={14} />, perform: go(links.volumes) },
    { id: 'page queue', title: 'Queue', icon: <Layers size={14} />, perform: go(links.queue) },
    { id: 'page workers', title: 'Workers', icon: <Server size={14} />, perform: go(links.workers) },
    { id: 'page settings', title: 'Settings', icon: <Settings size={14} />, perform: go(links.settings) },
    ...(isOperator
      ? []
      : [
          { id: 'page new', title: 'New script', icon: <Plus size={14} />, perform: go(links.newScript) },
          { id: 'page new-flow', title: 'New flow', icon: <Plus size={14} />, perform: go(links.newFlow) },
        ]),
    { id: 'page api', title: 'API reference', icon: <BookOpen size={14} />, perform: openReference },
  ]
  const scriptItems = scripts.map((script) => ({
    id: `script ${script.path}`,
    title: script.summary || script.path,
    ...(script.summary && { detail: script.path }),
    perform: () => void navigate({ to: links.script, params: { workspace, _splat: script.path } }),
  }))
  const flowItems = flows.map((flow) => ({
    id: `flow ${flow.path}`,
    title: flow.summary || flow.path,
    ...(flow.summary && { detail: flow.path }),
    perform: () => void navigate({ to: links.flow, params: { workspace, _splat: flow.path } }),
  }))

  return (
    <div className="flex h-full flex-col">
      <Header workspace={workspace} onPalette={() => setPaletteOpen(true)} />
      <SandboxBanner />
      <div className="flex min-h-0 flex-1 flex-col-reverse md:flex-row">
        <Sidebar workspace={workspace} />
        <main className="min-h-0 min-w-0 flex-1 overflow-y-auto">{children}</main>
      </div>
      <Palette
        isOpen={isPaletteOpen}
        onOpenChange={setPaletteOpen}
        groups={[
          { title: 'Pages', items: pages },
          { title: 'Scripts', items: scriptItems },
          { title: 'Flows', items: flowItems },
        ]}
      />
      <ShortcutMap isOpen={isMapOpen} onOpenChange={setMapOpen} />
    </div>
  )
}

function switchTheme(): void {
  chooseTheme(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark')
}

function openReference(): void {
  window.location.assign(links.apiReference)
}
