import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { describeError } from '../../data/client.ts'
import { historyQuery } from '../../data/scripts.ts'
import { links } from '../../links.ts'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface ScriptVersionsProps {
  readonly workspace: string
  readonly path: string
  readonly shownHash: string
}

export function ScriptVersions({ workspace, path, shownHash }: ScriptVersionsProps) {
  const { data, error } = useQuery(historyQuery(workspace, path))
  if (error) return <ProblemNote title="The versions cannot be shown." {...describeError(error)} />
  if (!data) return <Skeleton rows={4} />
  return (
    <ul aria-label="Versions" className="max-w-3xl">
      {data.map((version, index) => (
        <li
          key={version.script_hash}
          className="flex min-h-10 flex-wrap items-center gap-x-4 border-b border-line py-1 text-sm"
        >
          <span className="flex items-center gap-1 font-mono">
            <Link
              to={links.script}
              params={{ workspace, _splat: path }}
              search={index === 0 ? { tab: 'code' } : { tab: 'code', hash: version.script_hash }}
              className="text-accent hover:underline"
            >
              {version.script_hash}
            </Link>
            <CopyButton text={version.script_hash} label="Copy hash" />
          </span>
          <span className="min-w-0 flex-1 truncate">{version.deployment_msg}</span>
          <span className="text-muted">
            {[index === 0 && 'newest', version.script_hash === shownHash && 'shown'].filter(Boolean).join(', ')}
          </span>
          {version.created_by && <span className="text-muted">{version.created_by}</span>}
          {version.created_at && (
            <span className="w-20 text-right text-muted">
              <TimeAgo at={version.created_at} />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
