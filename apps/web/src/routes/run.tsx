import type { Job } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { FastForward, Play, Square } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useActions } from '../actions/action-registry.tsx'
import { client, describeError } from '../data/client.ts'
import { useRunFlow, useRunFlowPreview } from '../data/flows.ts'
import { isSuspended } from '../data/job-state.ts'
import { asArgs, jobQuery, useCancelJob, useRunNow, useRunPreview, useRunScript } from '../data/jobs.ts'
import { useIsOperator } from '../data/member.ts'
import { isScheduled } from '../data/waiting-cause.ts'
import { RunFacts } from '../features/run/run-facts.tsx'
import { RunInputs } from '../features/run/run-inputs.tsx'
import { RunOutput } from '../features/run/run-output.tsx'
import { RunSummary } from '../features/run/run-summary.tsx'
import { WorkflowSteps } from '../features/run/workflow-steps.tsx'
import { links } from '../links.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showToast } from '../ui/toast.tsx'

const route = getRouteApi('/w/$workspace/runs/$id')
const FlowRun = lazy(() => import('../features/flow-run/flow-run.tsx').then(({ FlowRun: part }) => ({ default: part })))

export function RunRoute() {
  const { workspace, id } = route.useParams()
  const { data: job, error } = useQuery(jobQuery(workspace, id))
  if (!job) {
    return (
      <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
        {error ? <ProblemNote title="This run cannot be shown." {...describeError(error)} /> : <Skeleton />}
      </div>
    )
  }
  return job.raw_flow ? <RunOfFlow workspace={workspace} job={job} /> : <RunOfScript workspace={workspace} job={job} />
}

interface RunProps {
  readonly workspace: string
  readonly job: Job
}

function RunOfScript({ workspace, job }: RunProps) {
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 py-6 sm:px-6">
      <Summary workspace={workspace} job={job} />
      <div className="grid grid-cols-1 items-start gap-x-8 gap-y-6 lg:grid-cols-[minmax(0,1fr)_288px]">
        <div className="flex min-w-0 flex-col gap-5">
          <WorkflowSteps key={job.id} workspace={workspace} job={job} />
          <RunOutput key={job.id} workspace={workspace} id={job.id} />
        </div>
        <div className="flex min-w-0 flex-col gap-5 lg:border-l lg:border-line lg:pl-6">
          <RunInputs workspace={workspace} id={job.id} isDeleted={isErased(job)} />
          <RunFacts workspace={workspace} job={job} />
        </div>
      </div>
    </div>
  )
}

/** The graph takes the room that the summary leaves. */
function RunOfFlow({ workspace, job }: RunProps) {
  const navigate = route.useNavigate()
  return (
    <div className="flex h-full min-h-[640px] flex-col">
      <div className="px-4 pt-4 pb-3 sm:px-6">
        <Summary workspace={workspace} job={job} />
      </div>
      <Suspense fallback={<Skeleton />}>
        <FlowRun
          key={job.id}
          workspace={workspace}
          job={job}
          search={route.useSearch()}
          onSearch={(search) => void navigate({ search, replace: true })}
          drawJob={(id) => <StepOutput key={id} workspace={workspace} id={id} />}
          drawRun={() => (
            <>
              <StepOutput workspace={workspace} id={job.id} />
              <RunFacts workspace={workspace} job={job} />
            </>
          )}
        />
      </Suspense>
    </div>
  )
}

function StepOutput({ workspace, id }: { readonly workspace: string; readonly id: string }) {
  const { data: job } = useQuery(jobQuery(workspace, id))
  return (
    <>
      <RunOutput key={id} workspace={workspace} id={id} />
      <RunInputs workspace={workspace} id={id} isDeleted={job !== undefined && isErased(job)} />
    </>
  )
}

function Summary({ workspace, job }: RunProps) {
  return (
    <RunSummary
      workspace={workspace}
      job={job}
      title={job.script_path ?? (job.flow_step_id === undefined ? 'Preview' : `Step ${job.flow_step_id}`)}
      actions={<RunActions workspace={workspace} job={job} />}
    />
  )
}

function isErased(job: Job): boolean {
  return job.type === 'CompletedJob' && job.deleted === true
}

function RunActions({ workspace, job }: RunProps) {
  const cancel = useCancelJob(workspace)
  const runNow = useRunNow(workspace)
  const again = useRunAgain(workspace, job)
  const stop =
    job.type === 'QueuedJob' && !job.canceled
      ? () => cancel.mutate({ id: job.id }, { onError: toastError('It was not cancelled.') })
      : undefined
  const begin =
    job.type === 'QueuedJob' && job.waiting_for && isScheduled(job.waiting_for) && !isSuspended(job)
      ? () => runNow.mutate(job.id, { onError: toastError('It does not begin now.') })
      : undefined
  useActions([
    ...(again
      ? [{ id: 'run.again', title: 'Run again', icon: <Play size={14} />, shortcut: 'r', perform: again }]
      : []),
    ...(begin
      ? [{ id: 'run.now', title: 'Run now', icon: <FastForward size={14} />, shortcut: 'n', perform: begin }]
      : []),
    ...(stop
      ? [{ id: 'run.cancel', title: 'Cancel run', icon: <Square size={14} />, shortcut: 'x', perform: stop }]
      : []),
  ])
  return (
    <>
      {stop && (
        <Button look="danger" onClick={stop} disabled={cancel.isPending}>
          <Square size={12} aria-hidden /> Cancel run
        </Button>
      )}
      {job.script_path !== undefined && job.script_hash !== undefined && (
        <Link
          to={job.raw_flow ? links.flow : links.script}
          params={{ workspace, _splat: job.script_path }}
          search={isErased(job) ? {} : { from: job.id }}
          className={buttonClass('plain')}
        >
          {isErased(job) ? `Open ${job.raw_flow ? 'flow' : 'script'}` : 'Change inputs'}
        </Link>
      )}
      {again && (
        <Button look={job.type === 'CompletedJob' ? 'primary' : 'plain'} onClick={again}>
          <Play size={14} aria-hidden /> Run again
        </Button>
      )}
      {begin && (
        <Button look="primary" onClick={begin} disabled={runNow.isPending}>
          <FastForward size={14} aria-hidden /> Run now
        </Button>
      )}
    </>
  )
}

function toastError(title: string) {
  return (error: unknown) => showToast(title, { detail: describeError(error).message })
}

/** Runs the same version, or the same previewed code, with the same arguments. */
function useRunAgain(workspace: string, job: Job): (() => void) | undefined {
  const navigate = useNavigate()
  const run = useRunScript(workspace)
  const preview = useRunPreview(workspace)
  const isOperator = useIsOperator(workspace)
  const runFlow = useRunFlow(workspace)
  const previewFlow = useRunFlowPreview(workspace)
  const { script_path: path, script_hash: hash, raw_code: code, raw_flow: flow, language } = job

  async function start() {
    const args = asArgs(await client.jobs.getJobArgs({ workspace, id: job.id }))
    if (flow && hash !== undefined) return runFlow.mutateAsync({ path: path ?? '', args })
    if (flow) return previewFlow.mutateAsync({ value: flow, path, args })
    if (hash !== undefined) return run.mutateAsync({ path: path ?? '', hash, args })
    return preview.mutateAsync({ content: code ?? '', language: language ?? '', path, args })
  }

  const mayPreview = !isOperator && (flow !== undefined || (code !== undefined && language !== undefined))
  if (isErased(job) || job.job_kind === 'flowframe' || (hash === undefined && !mayPreview)) return undefined
  return () =>
    void start().then((id) => navigate({ to: links.run, params: { workspace, id } }), toastError('It did not start.'))
}
