import type { ChangedPart, FlowFix } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { links } from '../../../links.ts'
import { TimeAgo } from '../../../ui/time-ago.tsx'

interface FixAuditProps {
  readonly workspace: string
  readonly fix: FlowFix
  /** The run whose page it is. */
  readonly isOf: string
}

/** What was changed of a run, by whom and when, and the run before or after. */
export function FixAudit({ workspace, fix, isOf }: FixAuditProps) {
  const { run, continued_by: successor, changed_by: by, at, reason, changes } = fix
  const isBefore = run === isOf
  return (
    <div className="text-sm">
      <p>
        <Link
          to={links.run}
          params={{ workspace, id: isBefore ? successor : run }}
          className="text-accent underline-offset-2 hover:underline"
        >
          {isBefore ? 'Another run continues this one' : 'This run continues another one'}
        </Link>
        , {changes.length === 0 ? 'unchanged' : 'changed'} by {by} <TimeAgo at={at} />
        {reason !== undefined && <>: {reason}</>}
      </p>
      {changes.length > 0 && (
        <ul className="mt-1 flex flex-col gap-0.5 text-muted">
          {changes.map((part) => (
            <li key={`${part.step_id} ${part.what} ${part.name}`}>
              {partText(part)}{' '}
              <span
                className="font-mono text-xs"
                title={`SHA-256, before and after: ${part.before_hash ?? 'nothing'}, ${part.after_hash}`}
              >
                {part.before_hash?.slice(0, 8) ?? 'nothing'} → {part.after_hash.slice(0, 8)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function partText({ step_id: step, what, name }: ChangedPart): string {
  switch (what) {
    case 'code':
      return `Code of ${step}`
    case 'result':
      return `Result of ${step}`
    case 'input':
      return `Input ${name} of ${step}`
    case 'argument':
      return `Argument ${name} of the flow`
  }
}
