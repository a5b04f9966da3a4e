import type { Flow } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { Archive, Pencil } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { useArchiveFlow } from '../../data/flows.ts'
import { useIsOperator } from '../../data/member.ts'
import { MuteButton } from '../../handlers/mute-button.tsx'
import { links } from '../../links.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { showToast } from '../../ui/toast.tsx'

interface FlowHeaderProps {
  readonly workspace: string
  readonly flow: Flow
}

export function FlowHeader({ workspace, flow }: FlowHeaderProps) {
  const isOperator = useIsOperator(workspace)
  const archive = useArchiveFlow(workspace)
  const fail = (what: string) => (error: unknown) => showToast(what, { detail: describeError(error).message })
  const { path } = flow
  const restoreFlow = () =>
    archive.mutate(
      { path, archived: false },
      { onSuccess: () => showToast('Restored'), onError: fail('It could not be restored.') },
    )
  const archiveFlow = () =>
    archive.mutate(
      { path, archived: true },
      {
        onSuccess: () => showToast(`Archived ${path}`, { action: { title: 'Undo', perform: restoreFlow } }),
        onError: fail('It could not be archived.'),
      },
    )

  return (
    <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-72">
        <h1 className="text-xl font-semibold break-words">{flow.summary || path}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
          <span className="flex min-w-0 items-center font-mono break-all">
            {path}
            <CopyButton text={path} label="Copy path" />
          </span>
          <span className="tabular-nums">version {flow.version_id}</span>
          <span>
            {flow.edited_by}, <TimeAgo at={flow.edited_at} />
          </span>
          {flow.archived && <span className="text-waiting">archived</span>}
          <LockNote workspace={workspace} flow={flow} />
        </p>
        {flow.description && <p className="mt-2 max-w-[72ch] whitespace-pre-wrap">{flow.description}</p>}
      </div>
      {!isOperator && (
        <div className="flex flex-wrap gap-2">
          {!flow.archived && (
            <MuteButton workspace={workspace} kind="flow" path={path} isMuted={flow.ws_error_handler_muted === true} />
          )}
          {flow.archived ? (
            <Button onClick={restoreFlow} disabled={archive.isPending}>
              Restore flow
            </Button>
          ) : (
            <Button onClick={archiveFlow} disabled={archive.isPending}>
              <Archive size={14} aria-hidden /> Archive
            </Button>
          )}
          <Link to={links.editFlow} params={{ workspace, _splat: path }} className={buttonClass('plain')}>
            <Pencil size={14} aria-hidden /> Edit
          </Link>
        </div>
      )}
    </header>
  )
}

/** That packages of its code are being pinned, or could not be; leads to the log of the job. */
function LockNote({ workspace, flow }: FlowHeaderProps) {
  const { is_locking: isLocking, lock_error_logs: fault, lock_job: job } = flow
  if (isLocking !== true && fault === undefined) return null
  const word = isLocking ? 'locking' : 'not locked'
  const look = { className: isLocking ? 'text-waiting' : 'text-failed', title: fault ?? 'Packages are being pinned' }
  if (job === undefined) return <span {...look}>{word}</span>
  return (
    <Link to={links.run} params={{ workspace, id: job }} {...look}>
      <span className="underline underline-offset-2">{word}</span>
    </Link>
  )
}
