import { Link } from '@tanstack/react-router'
import { links } from '../links.ts'
import { Refusal } from '../ui/refusal.tsx'

interface ScriptRefusalProps {
  readonly workspace: string
  /** Undefined for a new one. */
  readonly path: string | undefined
}

/** What an operator sees in place of the editor. */
export function ScriptRefusal({ workspace, path }: ScriptRefusalProps) {
  const look = 'text-accent hover:underline'
  return (
    <Refusal title={path ?? 'New script'}>
      You are an operator in {workspace}: you run scripts, and developers write them.{' '}
      {path === undefined ? (
        <Link to={links.home} params={{ workspace }} className={look}>
          Open the scripts
        </Link>
      ) : (
        <Link to={links.script} params={{ workspace, _splat: path }} className={look}>
          Open the script
        </Link>
      )}
      .
    </Refusal>
  )
}
