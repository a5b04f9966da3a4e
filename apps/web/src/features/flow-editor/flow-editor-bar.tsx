import { CloudUpload } from 'lucide-react'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { Button } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import type { FlowDraftState } from './use-flow-draft.ts'

interface FlowEditorBarProps {
  readonly state: FlowDraftState
  readonly message: string
  readonly onMessage: (message: string) => void
  readonly onDeploy: () => void
  readonly isDeploying: boolean
}

/** Path and what changed, and at the right what makes it real. */
export function FlowEditorBar({ state, message, onMessage, onDeploy, isDeploying }: FlowEditorBarProps) {
  const { draft, change } = state
  const isNew = draft.parentVersion === undefined
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
      <Input
        aria-label="Path"
        value={draft.path}
        readOnly={!isNew}
        title={isNew ? 'u/<user>/<name> or f/<folder>/<name>' : 'The path of a deployed flow stays'}
        spellCheck={false}
        onChange={(event) => change({ path: event.target.value })}
        className="h-7! w-64! font-mono text-sm! read-only:bg-panel read-only:text-muted"
      />
      <Input
        aria-label="Message"
        placeholder="What changed, for the list of versions"
        value={message}
        onChange={(event) => onMessage(event.target.value)}
        className="h-7! min-w-40 flex-1 basis-0 text-sm!"
      />
      <Button look="primary" onClick={onDeploy} disabled={isDeploying} title={shortcutText('mod+s', isMac)}>
        <CloudUpload size={14} aria-hidden /> Deploy flow
      </Button>
    </div>
  )
}
