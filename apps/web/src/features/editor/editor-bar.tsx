import type { Language } from '@millrace/contracts'
import { CloudUpload, SlidersHorizontal } from 'lucide-react'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { Button } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import { LanguageMark } from '../../ui/language-mark.tsx'
import { Select } from '../../ui/select.tsx'
import type { EditorState } from './use-editor-state.ts'

interface EditorBarProps {
  readonly state: EditorState
  readonly languages: readonly Language[]
  readonly onLanguage: (id: string) => void
  readonly onDeploy: () => void
  readonly isDeploying: boolean
  /** The id of what the settings' button shows. */
  readonly settingsId: string
  readonly areSettingsOpen: boolean
  readonly onSettings: () => void
}

/** Language, path and summary, and at the right what makes it real. */
export function EditorBar(props: EditorBarProps) {
  const { state, languages, onLanguage, onDeploy, isDeploying } = props
  const { draft, change } = state
  const isNew = draft.parentHash === undefined
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
      <Select
        label="Language"
        size="dense"
        value={draft.language}
        disabled={!isNew}
        options={languages.map(({ id, label, icon }) => ({
          value: id,
          label,
          mark: <LanguageMark label={label} icon={icon} />,
        }))}
        onChange={onLanguage}
      />
      <Input
        aria-label="Path"
        value={draft.path}
        readOnly={!isNew}
        title={isNew ? 'u/<user>/<name> or f/<folder>/<name>' : 'The path of a deployed script stays'}
        spellCheck={false}
        onChange={(event) => change({ path: event.target.value })}
        className="h-7! w-56! font-mono text-sm! read-only:bg-panel read-only:text-muted"
      />
      <Input
        aria-label="Summary"
        placeholder="Summary: what it does, in a few words"
        value={draft.summary}
        onChange={(event) => change({ summary: event.target.value })}
        className="h-7! min-w-40 flex-1 basis-0 text-sm!"
      />
      <span className="ml-auto flex gap-2">
        <Button
          className="aria-expanded:bg-hover"
          aria-expanded={props.areSettingsOpen}
          aria-controls={props.settingsId}
          onClick={props.onSettings}
          title={shortcutText('mod+,', isMac)}
        >
          <SlidersHorizontal size={14} aria-hidden /> Settings
        </Button>
        <Button look="primary" onClick={onDeploy} disabled={isDeploying} title={shortcutText('mod+s', isMac)}>
          <CloudUpload size={14} aria-hidden /> Deploy script
        </Button>
      </span>
    </div>
  )
}
