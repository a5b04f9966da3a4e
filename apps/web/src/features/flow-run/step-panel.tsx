import { Link } from '@tanstack/react-router'
import { RotateCcw, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { FlowStep } from '../../flow-graph/core/flow-tree.ts'
import type { StepState } from '../../flow-graph/core/run-states.ts'
import { KindSign, StepWordMark } from '../../flow-graph/step-look.tsx'
import { links } from '../../links.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { formatDuration } from '../../ui/format-quantity.ts'
import { JsonTree } from '../../ui/json-tree.tsx'
import { AgentCalls } from './agent-calls.tsx'
import { RestartInside } from './restart-inside.tsx'
import { RoundPicker } from './round-picker.tsx'

/** A way to begin the run again. */
export interface StepRestart {
  readonly label: string
  readonly onRestart: () => void
}

interface StepPanelProps {
  readonly workspace: string
  readonly step: FlowStep
  readonly state: StepState | undefined
  /** Where the run can begin again. */
  readonly restarts: readonly StepRestart[]
  /** Of a step that calls a flow: begins the run again at a step of that. */
  readonly onRestartInside: ((step: string) => void) | undefined
  readonly onRound: (index: number) => void
  readonly onClose: () => void
  /** Draws the result, log and inputs of a job. */
  readonly drawJob: (id: string) => ReactNode
}

/** One step of a run: how it went, what it was given, what it said and gave. */
export function StepPanel(props: StepPanelProps) {
  const { step, state, onRound } = props
  const [attempt, setAttempt] = useState<string | undefined>()
  const { rounds, calls, retriedJobs = [] } = state ?? {}
  const jobId = attempt ?? jobOf(state)
  return (
    <section aria-label={`Step ${step.id}`} className="flex min-w-0 flex-col gap-4">
      <Head {...props} jobId={jobId} />
      {rounds && (
        <RoundPicker noun={step.kind.shape === 'loop' ? 'Iteration' : 'Branch'} rounds={rounds} onChoose={onRound} />
      )}
      {retriedJobs.length > 0 && (
        <div role="group" aria-label="Attempts" className="flex flex-wrap gap-1">
          {[...retriedJobs, undefined].map((id, index) => (
            <Button
              key={id ?? 'last'}
              aria-pressed={attempt === id}
              className={classNames(attempt === id && 'border-accent! bg-accent-soft!')}
              onClick={() => setAttempt(id)}
            >
              Attempt {index + 1}
            </Button>
          ))}
        </div>
      )}
      {calls && <AgentCalls calls={calls} shown={jobId} onChoose={setAttempt} />}
      {state?.approvers !== undefined && state.approvers.length > 0 && (
        <p className="text-sm text-muted">Approved by {state.approvers.join(', ')}.</p>
      )}
      {jobId === undefined ? <p className="text-muted">{absence(state)}</p> : props.drawJob(jobId)}
      <Definition step={step} />
    </section>
  )
}

function Head({
  workspace,
  step,
  state,
  restarts,
  onRestartInside,
  onClose,
  jobId,
}: StepPanelProps & { readonly jobId: string | undefined }) {
  const duration = state?.durationMs
  return (
    <header className="flex flex-wrap items-start gap-x-3 gap-y-2">
      <div className="min-w-0 flex-1 basis-48">
        <h2 className="flex items-center gap-2 text-lg font-medium">
          <KindSign sign={step.kind.sign} />
          <span className="min-w-0 break-words">{step.summary || step.detail || step.kind.label}</span>
        </h2>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-sm text-muted">
          {state?.word !== undefined && <StepWordMark word={state.word} />}
          {duration !== undefined && <span className="tabular-nums">{formatDuration(duration)}</span>}
          <span className="font-mono">{step.id}</span>
          <span>{step.kind.label}</span>
          {jobId !== undefined && (
            <Link to={links.run} params={{ workspace, id: jobId }} className="text-accent hover:underline">
              Open its job
            </Link>
          )}
        </p>
      </div>
      <span className="ml-auto flex flex-wrap justify-end gap-1">
        {onRestartInside && jobId !== undefined && (
          <RestartInside workspace={workspace} called={jobId} onRestart={onRestartInside} />
        )}
        {restarts.map(({ label, onRestart }) => (
          <Button key={label} onClick={onRestart}>
            <RotateCcw size={14} aria-hidden /> {label}
          </Button>
        ))}
        <IconButton label="Close step" onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </span>
      {step.marks.length > 0 && (
        <ul className="flex basis-full flex-wrap gap-x-3 text-xs text-muted">
          {step.marks.map(({ kind, title }) => (
            <li key={kind}>{title}</li>
          ))}
        </ul>
      )}
    </header>
  )
}

/** The step as the flow says it. */
function Definition({ step }: { readonly step: FlowStep }) {
  return (
    <details className="border-t border-line pt-3 text-sm">
      <summary className="cursor-pointer font-medium">Definition</summary>
      <div className="mt-2">
        <JsonTree value={step.module} />
      </div>
    </details>
  )
}

/** The job whose result and log are looked at: of a loop, that of the chosen iteration. */
function jobOf(state: StepState | undefined): string | undefined {
  if (!state) return undefined
  return state.rounds ? state.rounds.jobs[state.rounds.shown] : state.jobId
}

function absence(state: StepState | undefined): string {
  if (state?.word === 'skipped') return 'It was skipped: its condition held.'
  if (state?.word === 'suspended') return 'It begins when the answers are there.'
  if (state?.word === 'done') return 'It gave its result without a job of its own.'
  return 'The run has not come to this step.'
}
