import { Link, useLocation } from '@tanstack/react-router'
import {
  BookOpen,
  Braces,
  Database,
  FileCode2,
  HardDrive,
  History,
  Layers,
  Server,
  Settings,
  Workflow,
  type LucideIcon,
} from 'lucide-react'
import { links } from '../../links.ts'

const ENTRY =
  'flex h-11 flex-col items-center justify-center rounded-md px-1 text-xs text-muted md:h-9 md:flex-row md:justify-start md:gap-2.5 md:px-2.5 md:text-sm hover:bg-hover hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-text'

/** With the first words of the addresses below which an entry is the current one. */
const ENTRIES = [
  { to: links.home, name: 'Home', icon: FileCode2, words: ['', 'new', 'scripts', 'edit'] },
  { to: links.flows, name: 'Flows', icon: Workflow, words: ['flows', 'new-flow', 'flow', 'edit-flow'] },
  { to: links.runs, name: 'Runs', icon: History, words: ['runs'] },
  { to: links.variables, name: 'Variables', icon: Braces, words: ['variables'] },
  { to: links.resources, name: 'Resources', icon: Database, words: ['resources'] },
  { to: links.volumes, name: 'Volumes', icon: HardDrive, words: ['volumes'], isWideOnly: true },
  { to: links.queue, name: 'Queue', icon: Layers, words: ['queue'] },
  { to: links.workers, name: 'Workers', icon: Server, words: ['workers', 'worker-groups', 'new-worker-group'] },
] as const

/** Where one can go. A row at the bottom where the screen is narrow. */
export function Sidebar({ workspace }: { readonly workspace: string }) {
  const word = useLocation({ select: ({ pathname }) => pathname.split('/')[3] ?? '' })
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 justify-around gap-0.5 border-t border-line bg-panel px-0.5 py-1.5 md:w-44 md:flex-col md:justify-start md:border-t-0 md:border-r md:p-2"
    >
      {ENTRIES.map(({ to, name, icon, words, ...more }) => (
        <Link
          key={to}
          to={to}
          params={{ workspace }}
          activeOptions={{ exact: true, includeSearch: false }}
          className={'isWideOnly' in more ? `${ENTRY} max-md:hidden` : ENTRY}
          aria-current={words.some((each) => each === word) ? 'page' : false}
        >
          <Entry icon={icon} name={name} />
        </Link>
      ))}
      <Link
        to={links.settings}
        params={{ workspace }}
        aria-current={word === 'settings' ? 'page' : false}
        className={`${ENTRY} max-md:hidden md:mt-auto`}
      >
        <Entry icon={Settings} name="Settings" />
      </Link>
      <a href={links.apiReference} className={`${ENTRY} max-md:hidden`}>
        <Entry icon={BookOpen} name="API reference" />
      </a>
    </nav>
  )
}

function Entry({ icon: Icon, name }: { readonly icon: LucideIcon; readonly name: string }) {
  return (
    <>
      <Icon size={16} aria-hidden /> {name}
    </>
  )
}
