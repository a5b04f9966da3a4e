import type { Job, WorkflowStep } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { ApprovalNote } from '../../approvals/approval-note.tsx'
import { isSuspended } from '../../data/job-state.ts'
import { jobQuery } from '../../data/jobs.ts'
import { workflowStepsQuery } from '../../data/workflows.ts'
import { links } from '../../links.ts'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'
import { JsonTree } from '../../ui/json-tree.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { StateMark, type StateWord } from '../../ui/state-mark.tsx'
import { TimeAgo, useNow } from '../../ui/time-ago.tsx'
import { ErrorResult } from './result/error-result.tsx'
import { resultKind } from './result/result-kind.ts'

const STEPS_SHOWN = 100

const WORDS: Readonly<Record<WorkflowStep['status'], StateWord>> = {
  waiting: 'waiting',
  running: 'running',
  suspended: 'suspended',
  success: 'done',
  skipped: 'done',
  failure: 'failed',
  canceled: 'cancelled',
}

interface WorkflowStepsProps {
  readonly workspace: string
  readonly job: Job
}

/** What a workflow as code has come to, step by step, and what it asks of people; nothing for a script that is none. */
export function WorkflowSteps({ workspace, job }: WorkflowStepsProps) {
  return job.workflow_as_code_status ? <Steps workspace={workspace} job={job} /> : null
}

function Steps({ workspace, job }: WorkflowStepsProps) {
  const isLive = job.type === 'QueuedJob'
  const { data: steps } = useQuery(workflowStepsQuery(workspace, job.id, isLive))
  const nowMs = useNow(500, isLive)
  const [shown, setShown] = useState(STEPS_SHOWN)
  return (
    <section aria-label="Steps" className="flex min-w-0 flex-col gap-3">
      {isSuspended(job) && <ApprovalNote workspace={workspace} id={job.id} missing={1} />}
      <div>
        <h2 className="flex h-8 items-center gap-2 text-sm font-medium">
          Steps {steps && <span className="font-normal text-muted">{formatCount(steps.length)}</span>}
        </h2>
        {!steps && <Skeleton rows={3} />}
        <ul className="border-t border-line text-sm">
          {steps?.slice(0, shown).map((step) => (
            <Row key={step.key} workspace={workspace} step={step} nowMs={nowMs} />
          ))}
        </ul>
        {steps && steps.length > shown && (
          <button type="button" className="mt-2 text-accent hover:underline" onClick={() => setShown(shown + 1000)}>
            {formatCount(steps.length - shown)} more
          </button>
        )}
      </div>
    </section>
  )
}

interface RowProps {
  readonly workspace: string
  readonly step: WorkflowStep
  readonly nowMs: number
}

function Row({ workspace, step, nowMs }: RowProps) {
  const [isOpen, setOpen] = useState(false)
  const hasMore = step.result !== undefined || (step.job_id !== undefined && step.duration_ms !== undefined)
  const durationMs = durationOf(step, nowMs)
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <li className="border-b border-line">
      <div className="flex h-8 items-center gap-3">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={`Result of ${step.key}`}
          disabled={!hasMore}
          className="-mr-2 flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover disabled:invisible"
          onClick={() => setOpen(!isOpen)}
        >
          <Chevron size={14} aria-hidden />
        </button>
        <span className="min-w-0 truncate font-mono text-[13px]" title={step.key}>
          {step.job_id === undefined ? (
            step.key
          ) : (
            <Link to={links.run} params={{ workspace, id: step.job_id }} className="hover:underline">
              {step.key}
            </Link>
          )}
        </span>
        <span className="min-w-0 flex-1 truncate text-xs text-muted max-sm:hidden">{step.target ?? step.kind}</span>
        <span className="ml-auto shrink-0 text-xs">
          <StateMark state={WORDS[step.status]} size={12} />
        </span>
        <span className="w-20 shrink-0 text-right text-xs text-muted tabular-nums">
          <Time step={step} durationMs={durationMs} />
        </span>
      </div>
      {isOpen && (
        <div className="pb-2 pl-7">
          {step.job_id === undefined ? (
            <StepResult value={step.result} />
          ) : (
            <JobResult workspace={workspace} id={step.job_id} />
          )}
        </div>
      )}
    </li>
  )
}

function Time({ step, durationMs }: { readonly step: WorkflowStep; readonly durationMs: number | undefined }) {
  if (step.duration_ms === undefined && step.due_at !== undefined) return <TimeAgo at={step.due_at} />
  return durationMs === undefined ? '–' : formatDuration(durationMs)
}

function JobResult({ workspace, id }: { readonly workspace: string; readonly id: string }) {
  const { data: job } = useQuery(jobQuery(workspace, id))
  if (!job) return <Skeleton rows={1} />
  return job.type === 'CompletedJob' ? <StepResult value={job.result} /> : null
}

function StepResult({ value }: { readonly value: unknown }) {
  const result = resultKind(value)
  if (result.kind !== 'error') return <JsonTree value={value} />
  return <ErrorResult name={result.name} message={result.message} stack={result.stack} />
}

function durationOf({ duration_ms: durationMs, started_at: startedAt }: WorkflowStep, nowMs: number) {
  if (durationMs !== undefined) return durationMs
  return startedAt === undefined ? undefined : Math.max(0, nowMs - Date.parse(startedAt))
}
