import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { WaitingSubject } from './data/waiting-cause.ts'
import { links } from './links.ts'

interface SubjectLinkProps {
  readonly workspace: string
  readonly subject: WaitingSubject
  readonly className?: string
  readonly children: ReactNode
}

/** Leads to what a cause names: the run, the holders of the key, the line of the tag, the worker. */
export function SubjectLink({ workspace, subject, className, children }: SubjectLinkProps) {
  switch (subject.kind) {
    case 'run':
      return (
        <Link to={links.run} params={{ workspace, id: subject.id }} className={className}>
          {children}
        </Link>
      )
    case 'key':
      return (
        <Link to={links.runs} params={{ workspace }} search={{ key: subject.key }} className={className}>
          {children}
        </Link>
      )
    case 'tag':
      return (
        <Link to={links.queue} params={{ workspace }} search={{ tag: subject.tag }} className={className}>
          {children}
        </Link>
      )
    case 'worker':
      return (
        <Link to={links.workers} params={{ workspace }} className={className}>
          {children}
        </Link>
      )
  }
}
