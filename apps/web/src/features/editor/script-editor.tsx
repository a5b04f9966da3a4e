import type { FormSchema, Language, Script } from '@millrace/contracts'
import { CloudUpload, FlaskConical, SlidersHorizontal } from 'lucide-react'
import { useId, useMemo, useState, type ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import type { Draft, DraftKey } from '../../data/draft.ts'
import { carryArgs } from '../../schema-form/initial-args.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { useIsWide } from '../../ui/is-wide.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { EditorBar } from './editor-bar.tsx'
import { SettingChips } from './settings/setting-chips.tsx'
import { SettingsPanel } from './settings/settings-panel.tsx'
import { useSettings } from './settings/use-settings.ts'
import { StatusLine } from './status-line.tsx'
import { TestPane } from './test-pane.tsx'
import { useDeploy } from './use-deploy.ts'
import { useEditorState } from './use-editor-state.ts'
import { useFormOfCode } from './use-form-of-code.ts'
import { useTest } from './use-test.ts'

interface ScriptEditorProps {
  readonly draftKey: DraftKey
  readonly origin: Draft
  /** The deployed script that is being changed; absent for a new one. */
  readonly script: Script | undefined
  readonly languages: readonly Language[]
  /** Draws what a run did; the runs' feature gives it. */
  readonly drawOutput: (jobId: string) => ReactNode
}

/** Code on the left, its form and its test on the right. */
export function ScriptEditor({ draftKey, origin, script, languages, drawOutput }: ScriptEditorProps) {
  const { workspace } = draftKey
  const state = useEditorState(draftKey, origin)
  const { draft, change } = state
  const language = languages.find((each) => each.id === draft.language)
  const { schema, signature } = useFormOfCode(draft.language, draft.content, script?.schema)
  const formId = useId()
  const settingsId = useId()
  const test = useTest(workspace)
  const settings = useSettings(draft.settings)
  const deploy = useDeploy(workspace, { script, state, settings })
  const isWide = useIsWide()
  const problems = useMemo(() => problemsOf(signature), [signature])

  const [formedFor, setFormedFor] = useState<FormSchema | undefined>()
  if (schema && formedFor !== schema) {
    setFormedFor(schema)
    change({ args: carryArgs(schema, draft.args, formedFor) })
  }

  useActions([
    {
      id: 'editor.test',
      title: 'Test',
      icon: <FlaskConical size={14} />,
      shortcut: 'mod+enter',
      perform: () => submitForm(formId),
    },
    {
      id: 'editor.deploy',
      title: 'Deploy script',
      icon: <CloudUpload size={14} />,
      shortcut: 'mod+s',
      perform: deploy.send,
    },
    {
      id: 'editor.settings',
      title: 'Script settings',
      icon: <SlidersHorizontal size={14} />,
      shortcut: 'mod+,',
      perform: settings.toggle,
    },
  ])

  function chooseLanguage(id: string) {
    const next = languages.find((each) => each.id === id)
    const isUntouched = draft.content.trim() === '' || draft.content === language?.starter
    if (next) change({ language: id, ...(isUntouched && { content: next.starter }) })
  }

  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">{script ? `Edit ${script.path}` : 'New script'}</h1>
      <EditorBar
        state={state}
        languages={languages}
        onLanguage={chooseLanguage}
        onDeploy={deploy.send}
        isDeploying={deploy.isPending}
        settingsId={settingsId}
        areSettingsOpen={settings.isOpen}
        onSettings={settings.toggle}
      />
      {settings.isOpen ? (
        <SettingsPanel
          id={settingsId}
          workspace={workspace}
          form={draft.settings}
          settings={settings.settings}
          errors={settings.errors}
          onChange={(form) => change({ settings: form })}
        />
      ) : (
        <SettingChips settings={settings.settings} errors={settings.errors} onOpen={settings.openAt} />
      )}
      {deploy.error !== null && (
        <div className="border-b border-line p-2">
          <ProblemNote title="It was not deployed." {...describeError(deploy.error)} />
        </div>
      )}
      <Group key={String(isWide)} orientation={isWide ? 'horizontal' : 'vertical'} className="min-h-0 flex-1">
        <Panel defaultSize={isWide ? '60%' : '50%'} minSize="20%" className="flex">
          <CodeEditor
            value={draft.content}
            language={language?.editor ?? 'plaintext'}
            label="Code of the script"
            problems={problems}
            onChange={(content) => change({ content })}
          />
        </Panel>
        <Separator className="bg-line hover:bg-accent data-[separator=drag]:bg-accent aria-[orientation=horizontal]:h-px aria-[orientation=vertical]:w-px" />
        <Panel minSize="20%">
          <TestPane
            formId={formId}
            schema={schema}
            args={draft.args}
            onArgs={(args) => change({ args })}
            onTest={(args) =>
              test.start({
                content: draft.content,
                language: draft.language,
                path: draft.path || undefined,
                tag: settings.settings.tag ?? undefined,
                args,
              })
            }
            isStarting={test.isStarting}
            onCancel={test.cancel}
            error={test.error}
            output={test.jobId === undefined ? null : drawOutput(test.jobId)}
          />
        </Panel>
      </Group>
      <StatusLine
        state={state}
        signature={signature}
        isStale={script !== undefined && draft.parentHash !== script.hash}
      />
    </div>
  )
}

function problemsOf(signature: ReturnType<typeof useFormOfCode>['signature']) {
  return signature?.error ? [{ line: signature.error.line ?? 1, message: signature.error.message }] : []
}

function submitForm(id: string): void {
  document.querySelector<HTMLFormElement>(`form[id="${id}"]`)?.requestSubmit()
}
