import { Link } from '@tanstack/react-router'
import { links } from '../links.ts'
import { Refusal } from '../ui/refusal.tsx'

interface FlowRefusalProps {
  readonly workspace: string
  /** Undefined for a new one. */
  readonly path: string | undefined
}

/** What an operator sees in place of the editor. */
export function FlowRefusal({ workspace, path }: FlowRefusalProps) {
  const look = 'text-accent hover:underline'
  return (
    <Refusal title={path ?? 'New flow'}>
      You are an operator in {workspace}: you run flows, and developers write them.{' '}
      {path === undefined ? (
        <Link to={links.flows} params={{ workspace }} className={look}>
          Open the flows
        </Link>
      ) : (
        <Link to={links.flow} params={{ workspace, _splat: path }} className={look}>
          Open the flow
        </Link>
      )}
      .
    </Refusal>
  )
}
