import type { Flow, Language } from '@millrace/contracts'
import { CloudUpload, FlaskConical } from 'lucide-react'
import { useId, useMemo, useState, type ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { useActions } from '../../actions/action-registry.tsx'
import { describeError } from '../../data/client.ts'
import type { DraftKey } from '../../data/draft.ts'
import type { FlowDraft } from '../../data/flow-draft.ts'
import { carryArgs } from '../../schema-form/initial-args.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { useIsWide } from '../../ui/is-wide.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { showToast } from '../../ui/toast.tsx'
import { FlowEditorBar } from './flow-editor-bar.tsx'
import { FlowStatusLine } from './flow-status-line.tsx'
import { FlowTestPane } from './flow-test-pane.tsx'
import { LiveGraph } from './live-graph.tsx'
import { useFlowDeploy } from './use-flow-deploy.ts'
import { useFlowDocument, useSuggest } from './use-flow-document.ts'
import { useFlowDraft } from './use-flow-draft.ts'
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

type View = 'document' | 'graph' | 'test'

/** The document on the left, its graph or its test on the right. */
export function FlowEditor({ draftKey, origin, flow, languages, drawOutput }: FlowEditorProps) {
  const { workspace } = draftKey
  const isWide = useIsWide()
  const state = useFlowDraft(draftKey, origin)
  const { draft, change } = state
  const [message, setMessage] = useState('')
  const [view, setView] = useState<View>('document')
  const [place, setPlace] = useState<{ readonly line: number } | undefined>()
  const formId = useId()
  const test = useFlowTest(workspace)
  const deploy = useFlowDeploy(workspace, { flow, state, message })
  const refusals = useMemo(() => [deploy.error, test.error], [deploy.error, test.error])
  const { document, tree, schema, problems, faulty } = useFlowDocument(draft.source, refusals)
  const suggest = useSuggest(languages)

  const [formedFor, setFormedFor] = useState<typeof schema | undefined>()
  if (formedFor !== schema) {
    setFormedFor(schema)
    change({ args: carryArgs(schema, draft.args, formedFor) })
  }

  function showLine(line: number) {
    setPlace({ line })
    if (!isWide) setView('document')
  }
  function requireFlow() {
    const [first] = problems
    if (first) showLine(first.line)
    if (!document.flow) showToast('The document is no flow yet.', { detail: first?.message ?? '' })
    return document.flow
  }
  function deployNow() {
    const read = requireFlow()
    if (read) deploy.send(read)
  }
  function startTest(args: FlowDraft['args']) {
    const read = requireFlow()
    if (read) test.start({ value: read.value, path: draft.path || undefined, args })
  }
  function askForTest() {
    setView('test')
    requestAnimationFrame(() => submitForm(formId))
  }

  useActions([
    {
      id: 'flow-editor.test',
      title: 'Test',
      icon: <FlaskConical size={14} />,
      shortcut: 'mod+enter',
      perform: askForTest,
    },
    {
      id: 'flow-editor.deploy',
      title: 'Deploy flow',
      icon: <CloudUpload size={14} />,
      shortcut: 'mod+s',
      perform: deployNow,
    },
  ])

  const text = (
    <CodeEditor
      value={draft.source}
      language="yaml"
      label="Document of the flow"
      problems={problems}
      suggest={suggest}
      place={place}
      onChange={(source) => change({ source })}
    />
  )
  const side = view === 'document' ? 'graph' : view
  const tabs = [
    { id: 'graph', title: 'Graph' },
    { id: 'test', title: 'Test' },
  ]
  const body = (
    <>
      {side === 'graph' && (isWide || view === 'graph') && (
        <LiveGraph
          workspace={workspace}
          tree={tree}
          faulty={faulty}
          job={test.job}
          onSelect={(path) => showLine(document.lineOf(path))}
        />
      )}
      {side === 'test' && (
        <FlowTestPane
          formId={formId}
          schema={schema}
          args={draft.args}
          onArgs={(args) => change({ args })}
          onTest={startTest}
          test={test}
          output={test.job ? drawOutput(test.job.id) : null}
        />
      )}
    </>
  )

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
      {isWide ? (
        <Group orientation="horizontal" className="min-h-0 flex-1">
          <Panel defaultSize="52%" minSize="20%" className="flex">
            {text}
          </Panel>
          <Separator className="w-px bg-line hover:bg-accent data-[separator=drag]:bg-accent" />
          <Panel minSize="20%" className="flex flex-col px-4">
            <Sides value={side} onChange={setView} tabs={tabs}>
              {body}
            </Sides>
          </Panel>
        </Group>
      ) : (
        <div className="flex min-h-0 flex-1 flex-col px-4">
          <Sides value={view} onChange={setView} tabs={[{ id: 'document', title: 'Document' }, ...tabs]}>
            {view === 'document' ? text : body}
          </Sides>
        </div>
      )}
      <FlowStatusLine
        state={state}
        problems={problems}
        isStale={flow !== undefined && draft.parentVersion !== flow.version_id}
        onShow={showLine}
      />
    </div>
  )
}

interface SidesProps {
  readonly value: View
  readonly onChange: (view: View) => void
  readonly tabs: readonly { readonly id: string; readonly title: string }[]
  readonly children: ReactNode
}

function Sides({ value, onChange, tabs, children }: SidesProps) {
  return (
    <Tabs label="Parts of the editor" value={value} onChange={(next) => onChange(toView(next))} tabs={tabs}>
      <div className="relative -mx-4 -mt-5 flex min-h-0 flex-1 flex-col">{children}</div>
    </Tabs>
  )
}

function toView(id: string): View {
  return id === 'graph' || id === 'test' ? id : 'document'
}

function submitForm(id: string): void {
  window.document.querySelector<HTMLFormElement>(`form[id="${id}"]`)?.requestSubmit()
}
