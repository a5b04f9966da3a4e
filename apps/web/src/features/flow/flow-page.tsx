import type { Flow } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState, type ReactNode } from 'react'
import { describeError } from '../../data/client.ts'
import { writeFlow } from '../../data/flow-document.ts'
import { flowHistoryQuery, flowQuery, flowVersionQuery } from '../../data/flows.ts'
import type { Args } from '../../data/jobs.ts'
import { readFlowTree } from '../../flow-graph/core/flow-tree.ts'
import { FlowGraph } from '../../flow-graph/flow-graph.tsx'
import { HttpCalls } from '../../http-calls/http-calls.tsx'
import { links } from '../../links.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { FlowHeader } from './flow-header.tsx'
import { FlowRunForm } from './flow-run-form.tsx'
import { FlowVersions } from './flow-versions.tsx'
import { flowTabs, type FlowTab } from './flow-tab.ts'

interface FlowPageProps {
  readonly workspace: string
  readonly path: string
  readonly version: number | undefined
  readonly tab: FlowTab
  readonly onTab: (tab: FlowTab) => void
  readonly args: Args | undefined
  /** The flow's recent runs, drawn by another feature. */
  readonly runs: ReactNode
}

/** One flow: to run, to read, to call. */
export function FlowPage(props: FlowPageProps) {
  const { workspace, path, version, tab, onTab } = props
  const newest = useQuery({ ...flowQuery(workspace, path), enabled: version === undefined })
  const older = useQuery({ ...flowVersionQuery(workspace, version ?? 0), enabled: version !== undefined })
  const { data: flow, error } = version === undefined ? newest : older
  const versionCount = useQuery(flowHistoryQuery(workspace, path)).data?.length

  return (
    <div className="mx-auto flex min-h-full w-full max-w-5xl flex-col px-4 py-6 sm:px-6">
      {error && <ProblemNote title={`The flow ${path} cannot be shown.`} {...describeError(error)} />}
      {!flow && !error && <Skeleton rows={6} />}
      {flow && !error && (
        <>
          <FlowHeader workspace={workspace} flow={flow} />
          {version !== undefined && <OldVersionNote workspace={workspace} path={path} tab={tab} />}
          <Tabs
            label="Flow"
            value={tab}
            onChange={(next) => onTab(flowTabs.find((each) => each === next) ?? 'run')}
            tabs={[
              { id: 'run', title: 'Run' },
              { id: 'graph', title: 'Graph' },
              { id: 'source', title: 'Source' },
              { id: 'runs', title: 'Runs' },
              { id: 'versions', title: 'Versions', count: versionCount },
              { id: 'api', title: 'API' },
            ]}
          >
            <TabBody {...props} flow={flow} />
          </Tabs>
        </>
      )}
    </div>
  )
}

function TabBody({ workspace, path, version, tab, args, runs, flow }: FlowPageProps & { readonly flow: Flow }) {
  switch (tab) {
    case 'run':
      return (
        <FlowRunForm
          key={flow.version_id}
          workspace={workspace}
          flow={flow}
          isOldVersion={version !== undefined}
          args={args}
        />
      )
    case 'graph':
      return <Graph flow={flow} />
    case 'source':
      return (
        <div className="flex min-h-96 flex-1 flex-col overflow-hidden rounded-md border border-line">
          <CodeEditor value={writeFlow(flow)} language="yaml" label="Document of the flow" isReadOnly />
        </div>
      )
    case 'runs':
      return runs
    case 'versions':
      return <FlowVersions workspace={workspace} path={path} shown={flow.version_id} />
    case 'api':
      return <HttpCalls what={{ kind: 'flow', workspace, path }} schema={flow.schema} />
  }
}

function Graph({ flow }: { readonly flow: Flow }) {
  const tree = useMemo(() => readFlowTree(flow.value), [flow.value])
  const [selected, setSelected] = useState<string | undefined>()
  return (
    <div className="relative min-h-96 flex-1 overflow-hidden rounded-md border border-line">
      <FlowGraph tree={tree} label="Graph of the flow" selected={selected} onSelect={setSelected} />
    </div>
  )
}

function OldVersionNote({ workspace, path, tab }: Pick<FlowPageProps, 'workspace' | 'path' | 'tab'>) {
  return (
    <p className="mb-3 rounded-md bg-waiting-soft px-3 py-1.5 text-sm">
      This is an older version.{' '}
      <Link
        to={links.flow}
        params={{ workspace, _splat: path }}
        search={{ tab }}
        className="text-accent hover:underline"
      >
        Show the newest
      </Link>
    </p>
  )
}
