import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { describeError } from '../../data/client.ts'
import { flowHistoryQuery } from '../../data/flows.ts'
import { links } from '../../links.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface FlowVersionsProps {
  readonly workspace: string
  readonly path: string
  readonly shown: number
}

export function FlowVersions({ workspace, path, shown }: FlowVersionsProps) {
  const { data, error } = useQuery(flowHistoryQuery(workspace, path))
  if (error) return <ProblemNote title="The versions cannot be shown." {...describeError(error)} />
  if (!data) return <Skeleton rows={4} />
  return (
    <ul aria-label="Versions" className="max-w-3xl">
      {data.map((version, index) => (
        <li key={version.id} className="flex min-h-10 flex-wrap items-center gap-x-4 border-b border-line py-1 text-sm">
          <Link
            to={links.flow}
            params={{ workspace, _splat: path }}
            search={index === 0 ? { tab: 'graph' } : { tab: 'graph', version: version.id }}
            className="w-16 font-mono text-accent hover:underline"
          >
            {version.id}
          </Link>
          <span className="min-w-0 flex-1 truncate">{version.deployment_msg}</span>
          <span className="text-muted">
            {[index === 0 && 'newest', version.id === shown && 'shown'].filter(Boolean).join(', ')}
          </span>
          {version.created_by && <span className="text-muted">{version.created_by}</span>}
          <span className="w-20 text-right text-muted">
            <TimeAgo at={version.created_at} />
          </span>
        </li>
      ))}
    </ul>
  )
}
