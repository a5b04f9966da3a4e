import { Link } from '@tanstack/react-router'
import { Braces, Database } from 'lucide-react'
import type { Reference } from './data/reference.ts'
import { links } from './links.ts'

interface ReferenceLinkProps {
  readonly workspace: string
  readonly reference: Reference
}

const LOOK =
  'inline-flex h-6 max-w-full items-center gap-1.5 rounded-md bg-accent-soft px-1.5 hover:underline focus-visible:underline'

/** Leads to the variable or the resource that a value names. */
export function ReferenceLink({ workspace, reference: { kind, path } }: ReferenceLinkProps) {
  const name = <span className="truncate font-mono text-xs">{path}</span>
  if (kind === 'variable')
    return (
      <Link
        to={links.variables}
        params={{ workspace }}
        search={{ variable: path }}
        title={`Variable ${path}`}
        className={LOOK}
      >
        <Braces size={12} className="shrink-0 text-accent" aria-label="variable" /> {name}
      </Link>
    )
  return (
    <Link
      to={links.resources}
      params={{ workspace }}
      search={{ open: path }}
      title={`Resource ${path}`}
      className={LOOK}
    >
      <Database size={12} className="shrink-0 text-accent" aria-label="resource" /> {name}
    </Link>
  )
}
