import { Link } from '@tanstack/react-router'
import { BookOpen, Braces, Database, FileCode2, History, Layers, Server, type LucideIcon } from 'lucide-react'
import { links } from '../../links.ts'

const ENTRY =
  'flex h-11 flex-col items-center justify-center rounded-md px-1 text-xs text-muted md:h-9 md:flex-row md:justify-start md:gap-2.5 md:px-2.5 md:text-sm hover:bg-hover hover:text-text data-[status=active]:bg-accent-soft data-[status=active]:font-medium data-[status=active]:text-text'

/** Where one can go. A row at the bottom where the screen is narrow. */
export function Sidebar({ workspace }: { readonly workspace: string }) {
  return (
    <nav
      aria-label="Main"
      className="flex shrink-0 justify-around gap-0.5 border-t border-line bg-panel px-0.5 py-1.5 md:w-44 md:flex-col md:justify-start md:border-t-0 md:border-r md:p-2"
    >
      <Link
        to={links.home}
        params={{ workspace }}
        activeOptions={{ exact: true, includeSearch: false }}
        className={ENTRY}
      >
        <Entry icon={FileCode2} name="Home" />
      </Link>
      <Link to={links.runs} params={{ workspace }} activeOptions={{ includeSearch: false }} className={ENTRY}>
        <Entry icon={History} name="Runs" />
      </Link>
      <Link to={links.variables} params={{ workspace }} activeOptions={{ includeSearch: false }} className={ENTRY}>
        <Entry icon={Braces} name="Variables" />
      </Link>
      <Link to={links.resources} params={{ workspace }} activeOptions={{ includeSearch: false }} className={ENTRY}>
        <Entry icon={Database} name="Resources" />
      </Link>
      <Link to={links.queue} params={{ workspace }} activeOptions={{ includeSearch: false }} className={ENTRY}>
        <Entry icon={Layers} name="Queue" />
      </Link>
      <Link to={links.workers} params={{ workspace }} activeOptions={{ includeSearch: false }} className={ENTRY}>
        <Entry icon={Server} name="Workers" />
      </Link>
      <a href={links.apiReference} className={`${ENTRY} max-md:hidden md:mt-auto`}>
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
