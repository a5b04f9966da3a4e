import type { FormSchema, Language, Script } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CloudUpload, FlaskConical } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import type { Draft, DraftKey } from '../../data/draft.ts'
import { jobQuery, useCancelJob, useRunPreview, type Args } from '../../data/jobs.ts'
import { asNewVersion, useDeployScript } from '../../data/scripts.ts'
import { links } from '../../links.ts'
import { carryArgs } from '../../schema-form/initial-args.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { useIsWide } from '../../ui/is-wide.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { showToast } from '../../ui/toast.tsx'
import { EditorBar } from './editor-bar.tsx'
import { StatusLine } from './status-line.tsx'
import { TestPane } from './test-pane.tsx'
import { useEditorState } from './use-editor-state.ts'
import { useFormOfCode } from './use-form-of-code.ts'

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
  const { schema, signature } = useFormOfCode(draft.language, draft.content)
  const formId = useId()
  const test = useTest(workspace)
  const deploy = useDeploy(workspace, script, state)
  const isWide = useIsWide()

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
      />
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
            problem={problemOf(signature)}
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
              test.start({ content: draft.content, language: draft.language, path: draft.path || undefined, args })
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

interface TestRun {
  readonly content: string
  readonly language: string
  readonly path: string | undefined
  readonly args: Args
}

/** The last test, started and stopped. */
function useTest(workspace: string) {
  const preview = useRunPreview(workspace)
  const cancel = useCancelJob(workspace)
  const [jobId, setJobId] = useState<string | undefined>()
  const { data: job } = useQuery({ ...jobQuery(workspace, jobId ?? ''), enabled: jobId !== undefined })
  const isGoing = jobId !== undefined && job?.type === 'QueuedJob'
  return {
    jobId,
    error: preview.error,
    isStarting: preview.isPending,
    start(run: TestRun) {
      if (!preview.isPending) preview.mutate(run, { onSuccess: setJobId })
    },
    cancel: isGoing ? () => cancel.mutate({ id: jobId }) : undefined,
  }
}

function useDeploy(workspace: string, script: Script | undefined, state: ReturnType<typeof useEditorState>) {
  const navigate = useNavigate()
  const deploy = useDeployScript(workspace)
  const { draft } = state

  function send() {
    if (deploy.isPending) return
    const { path, summary, content, language, parentHash } = draft
    // The schema is left to the server, which infers it from the new content.
    const { schema: _schema, lock: _lock, ...kept } = script ? asNewVersion(script) : { ...draftKind }
    const body = {
      ...kept,
      path: path.trim(),
      summary,
      content,
      language,
      ...(parentHash !== undefined && { parent_hash: parentHash }),
    }
    deploy.mutate(body, {
      onSuccess() {
        state.forget()
        showToast(`Deployed ${body.path}`)
        void navigate({ to: links.script, params: { workspace, _splat: body.path } })
      },
    })
  }

  return { send, isPending: deploy.isPending, error: deploy.error }
}

const draftKind = { schema: undefined, lock: undefined }

function problemOf(signature: ReturnType<typeof useFormOfCode>['signature']) {
  return signature?.error ? { line: signature.error.line ?? 1, message: signature.error.message } : undefined
}

function submitForm(id: string): void {
  document.querySelector<HTMLFormElement>(`form[id="${id}"]`)?.requestSubmit()
}
