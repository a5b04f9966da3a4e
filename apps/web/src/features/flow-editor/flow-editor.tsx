import type { Flow, FormSchema, Language } from '@millrace/contracts'
import { CloudUpload, FlaskConical } from 'lucide-react'
import { useId, useMemo, useState, type ReactNode } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import type { DraftKey } from '../../data/draft.ts'
import type { FlowDraft } from '../../data/flow-draft.ts'
import { carryArgs } from '../../schema-form/initial-args.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { showToast } from '../../ui/toast.tsx'
import type { DocumentProblem } from './document/read-document.ts'
import { EditorParts, useView } from './editor-parts.tsx'
import { FlowEditorBar } from './flow-editor-bar.tsx'
import { FlowStatusLine } from './flow-status-line.tsx'
import { FlowTestPane } from './flow-test-pane.tsx'
import { LiveGraph } from './live-graph.tsx'
import { useFlowDeploy } from './use-flow-deploy.ts'
import { useFlowDocument, useSuggest } from './use-flow-document.ts'
import { useFlowDraft, type FlowDraftState } from './use-flow-draft.ts'
import { useFlowTest } from './use-flow-test.ts'

interface FlowEditorProps {
  readonly draftKey: DraftKey
  readonly origin: FlowDraft
  /** The deployed flow that is being changed; absent for a new one. */
  readonly flow: Flow | undefined
  readonly languages: readonly Language[]
  /** Draws what a run did; the runs' feature gives it. */
  readonly drawOutput: (jobId: string) => ReactNode
}

/** The document on the left, its graph or its test on the right. */
export function FlowEditor({ draftKey, origin, flow, languages, drawOutput }: FlowEditorProps) {
  const { workspace } = draftKey
  const state = useFlowDraft(draftKey, origin)
  const { draft, change } = state
  const [message, setMessage] = useState('')
  const test = useFlowTest(workspace)
  const deploy = useFlowDeploy(workspace, { flow, state, message })
  const refusals = useMemo(() => [deploy.error, test.error], [deploy.error, test.error])
  const read = useFlowDocument(draft.source, refusals)
  const view = useView()
  const formId = useId()
  useArgsOfForm(state, read.schema)

  /** The flow, or a look at why there is none. */
  function requireFlow() {
    const [first] = read.problems
    if (first) view.showLine(first.line)
    if (!read.document.flow) showToast('The document is no flow yet.', { detail: first?.message ?? '' })
    return read.document.flow
  }
  function deployNow() {
    const ready = requireFlow()
    if (ready) deploy.send(ready)
  }
  function startTest(args: FlowDraft['args']) {
    const ready = requireFlow()
    if (ready) test.start({ value: ready.value, path: draft.path || undefined, args })
  }
  function askForTest() {
    view.choose('test')
    requestAnimationFrame(() => submitForm(formId))
  }
  useEditorActions(askForTest, deployNow)

  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">{flow ? `Edit ${flow.path}` : 'New flow'}</h1>
      <FlowEditorBar
        state={state}
        message={message}
        onMessage={setMessage}
        onDeploy={deployNow}
        isDeploying={deploy.isPending}
      />
      {deploy.error !== null && (
        <div className="border-b border-line p-2">
          <ProblemNote title="It was not deployed." {...describeError(deploy.error)} />
        </div>
      )}
      <EditorParts
        view={view}
        text={<DocumentText state={state} languages={languages} problems={read.problems} place={view.place} />}
        graph={
          <LiveGraph
            workspace={workspace}
            tree={read.tree}
            faulty={read.faulty}
            job={test.job}
            onSelect={(path) => view.showLine(read.document.lineOf(path))}
          />
        }
        test={
          <FlowTestPane
            formId={formId}
            schema={read.schema}
            args={draft.args}
            onArgs={(args) => change({ args })}
            onTest={startTest}
            test={test}
            output={test.job ? drawOutput(test.job.id) : null}
          />
        }
      />
      <FlowStatusLine
        state={state}
        problems={read.problems}
        isStale={flow !== undefined && draft.parentVersion !== flow.version_id}
        onShow={view.showLine}
      />
    </div>
  )
}

interface DocumentTextProps {
  readonly state: FlowDraftState
  readonly languages: readonly Language[]
  readonly problems: readonly DocumentProblem[]
  readonly place: { readonly line: number } | undefined
}

function DocumentText({ state, languages, problems, place }: DocumentTextProps) {
  return (
    <CodeEditor
      value={state.draft.source}
      language="yaml"
      label="Document of the flow"
      problems={problems}
      suggest={useSuggest(languages)}
      place={place}
      onChange={(source) => state.change({ source })}
    />
  )
}

/** What was typed into the form stays where the form still has a place for it. */
function useArgsOfForm({ draft, change }: FlowDraftState, schema: FormSchema): void {
  const [formedFor, setFormedFor] = useState<FormSchema | undefined>()
  if (formedFor === schema) return
  setFormedFor(schema)
  change({ args: carryArgs(schema, draft.args, formedFor) })
}

function useEditorActions(test: () => void, deploy: () => void): void {
  useActions([
    { id: 'flow-editor.test', title: 'Test', icon: <FlaskConical size={14} />, shortcut: 'mod+enter', perform: test },
    {
      id: 'flow-editor.deploy',
      title: 'Deploy flow',
      icon: <CloudUpload size={14} />,
      shortcut: 'mod+s',
      perform: deploy,
    },
  ])
}

function submitForm(id: string): void {
  window.document.querySelector<HTMLFormElement>(`form[id="${id}"]`)?.requestSubmit()
}
