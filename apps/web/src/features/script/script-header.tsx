import type { Script } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import { Archive, Pencil } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { useLanguage } from '../../data/instance.ts'
import { readLockState } from '../../data/lock-state.ts'
import { useIsOperator } from '../../data/member.ts'
import { useArchiveScript } from '../../data/scripts.ts'
import { MuteButton } from '../../handlers/mute-button.tsx'
import { links } from '../../links.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { LanguageMark } from '../../ui/language-mark.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { showToast } from '../../ui/toast.tsx'

interface ScriptHeaderProps {
  readonly workspace: string
  readonly script: Script
}

export function ScriptHeader({ workspace, script }: ScriptHeaderProps) {
  const language = useLanguage(script.language)
  const isOperator = useIsOperator(workspace)
  const { archive, restore } = useArchiveScript(workspace)
  const fail = (what: string) => (error: unknown) => showToast(what, { detail: describeError(error).message })
  const restoreScript = () =>
    restore.mutate(script, { onSuccess: () => showToast('Restored'), onError: fail('It could not be restored.') })
  const archiveScript = () =>
    archive.mutate(script, {
      onSuccess: () => showToast(`Archived ${script.path}`, { action: { title: 'Undo', perform: restoreScript } }),
      onError: fail('It could not be archived.'),
    })

  return (
    <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-72">
        <h1 className="text-xl font-semibold break-words">{script.summary || script.path}</h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
          {language && (
            <span className="flex items-center gap-1.5">
              <LanguageMark label={language.label} icon={language.icon} />
              <span aria-hidden>{language.label}</span>
            </span>
          )}
          <span className="flex min-w-0 items-center font-mono break-all">
            {script.path}
            <CopyButton text={script.path} label="Copy path" />
          </span>
          <span className="flex items-center font-mono">
            {script.hash}
            <CopyButton text={script.hash} label="Copy hash" />
          </span>
          <span>
            {script.created_by}, <TimeAgo at={script.created_at} />
          </span>
          {script.archived && <span className="text-waiting">archived</span>}
          <LockNote workspace={workspace} script={script} />
        </p>
        {script.description && <p className="mt-2 max-w-[72ch] whitespace-pre-wrap">{script.description}</p>}
      </div>
      {!isOperator && (
        <div className="flex flex-wrap gap-2">
          {!script.archived && (
            <MuteButton
              workspace={workspace}
              kind="script"
              path={script.path}
              isMuted={script.ws_error_handler_muted === true}
            />
          )}
          {script.archived ? (
            <Button onClick={restoreScript} disabled={restore.isPending}>
              Restore script
            </Button>
          ) : (
            <Button onClick={archiveScript} disabled={archive.isPending}>
              <Archive size={14} aria-hidden /> Archive
            </Button>
          )}
          <Link to={links.editScript} params={{ workspace, _splat: script.path }} className={buttonClass('plain')}>
            <Pencil size={14} aria-hidden /> Edit
          </Link>
        </div>
      )}
    </header>
  )
}

/** That the packages are being pinned, or could not be; leads to the log of the job. */
function LockNote({ workspace, script }: ScriptHeaderProps) {
  const lock = readLockState(script)
  if (!lock) return null
  const look = { className: lock.word === 'locking' ? 'text-waiting' : 'text-failed', title: lock.title }
  if (lock.job === undefined) return <span {...look}>{lock.word}</span>
  return (
    <Link to={links.run} params={{ workspace, id: lock.job }} {...look}>
      <span className="underline underline-offset-2">{lock.word}</span>
    </Link>
  )
}
