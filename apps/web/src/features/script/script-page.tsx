import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { describeError } from '../../data/client.ts'
import { useLanguage } from '../../data/instance.ts'
import type { Args } from '../../data/jobs.ts'
import { historyQuery, scriptQuery, scriptVersionQuery } from '../../data/scripts.ts'
import { HttpCalls } from '../../http-calls/http-calls.tsx'
import { links } from '../../links.ts'
import { CodeEditor } from '../../ui/code-editor/code-editor.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { ScriptRunForm } from './script-run-form.tsx'
import { ScriptHeader } from './script-header.tsx'
import { scriptTabs, type ScriptTab } from './script-tab.ts'
import { ScriptVersions } from './script-versions.tsx'

interface ScriptPageProps {
  readonly workspace: string
  readonly path: string
  readonly hash: string | undefined
  readonly tab: ScriptTab
  readonly onTab: (tab: ScriptTab) => void
  readonly args: Args | undefined
  /** The script's recent runs, drawn by another feature. */
  readonly runs: ReactNode
}

/** One script: to run, to read, to call. */
export function ScriptPage(props: ScriptPageProps) {
  const { workspace, path, hash, tab, onTab } = props
  const newest = useQuery({ ...scriptQuery(workspace, path), enabled: hash === undefined })
  const version = useQuery({ ...scriptVersionQuery(workspace, hash ?? ''), enabled: hash !== undefined })
  const { data: script, error } = hash === undefined ? newest : version
  const versionCount = useQuery(historyQuery(workspace, path)).data?.length
  const language = useLanguage(script?.language)

  if (error) {
    return (
      <Frame>
        <ProblemNote title={`The script ${path} cannot be shown.`} {...describeError(error)} />
      </Frame>
    )
  }
  if (!script) {
    return (
      <Frame>
        <Skeleton rows={6} />
      </Frame>
    )
  }
  return (
    <Frame>
      <ScriptHeader workspace={workspace} script={script} />
      {hash !== undefined && (
        <p className="mb-3 rounded-md bg-waiting-soft px-3 py-1.5 text-sm">
          This is an older version.{' '}
          <Link
            to={links.script}
            params={{ workspace, _splat: path }}
            search={{ tab }}
            className="text-accent hover:underline"
          >
            Show the newest
          </Link>
        </p>
      )}
      <Tabs
        label="Script"
        value={tab}
        onChange={(next) => onTab(scriptTabs.find((each) => each === next) ?? 'run')}
        tabs={[
          { id: 'run', title: 'Run' },
          { id: 'code', title: 'Code' },
          { id: 'runs', title: 'Runs' },
          { id: 'versions', title: 'Versions', count: versionCount },
          { id: 'api', title: 'API' },
        ]}
      >
        {tab === 'run' && (
          <ScriptRunForm
            key={script.hash}
            workspace={workspace}
            script={script}
            isOldVersion={hash !== undefined}
            args={props.args}
          />
        )}
        {tab === 'code' && (
          <div className="flex min-h-80 flex-1 flex-col overflow-hidden rounded-md border border-line">
            <CodeEditor
              value={script.content}
              language={language?.editor ?? 'plaintext'}
              label="Code of the script"
              isReadOnly
            />
          </div>
        )}
        {tab === 'runs' && props.runs}
        {tab === 'versions' && <ScriptVersions workspace={workspace} path={path} shownHash={script.hash} />}
        {tab === 'api' && <HttpCalls what={{ kind: 'script', workspace, path: script.path }} schema={script.schema} />}
      </Tabs>
    </Frame>
  )
}

function Frame({ children }: { readonly children: ReactNode }) {
  return <div className="mx-auto flex min-h-full w-full max-w-5xl flex-col px-4 py-6 sm:px-6">{children}</div>
}
