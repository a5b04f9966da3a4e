import type { Job } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, type ReactNode } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { ApprovalNote } from '../../approvals/approval-note.tsx'
import { describeError } from '../../data/client.ts'
import { useRestart } from '../../data/flow-runs.ts'
import { FlowGraph } from '../../flow-graph/flow-graph.tsx'
import { readFlowTree, walkSteps, type FlowStep, type FlowTree } from '../../flow-graph/core/flow-tree.ts'
import type { StepState } from '../../flow-graph/core/run-states.ts'
import { links } from '../../links.ts'
import { useIsWide } from '../../ui/is-wide.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { showToast } from '../../ui/toast.tsx'
import { FixNote } from './fix/fix-note.tsx'
import type { FlowRunSearch } from './flow-run-search.ts'
import { StepPanel, type StepRestart } from './step-panel.tsx'
import { placeInside, placeOf, placeOfRound, type RunPlace } from './step-place.ts'
import { TimelineView } from './timeline-view.tsx'
import { useRunStates } from '../../flow-graph/use-run-states.ts'

interface FlowRunProps {
  readonly workspace: string
  readonly job: Job
  readonly search: FlowRunSearch
  readonly onSearch: (search: FlowRunSearch) => void
  /** Draws the result, log and inputs of a job; the runs' feature gives it. */
  readonly drawJob: (id: string) => ReactNode
  /** Draws what is known of the run as a whole. */
  readonly drawRun: () => ReactNode
}

/** A run of a flow: its graph or its timeline in live state, and beside it the step that is looked at. */
export function FlowRun({ workspace, job, search, onSearch, drawJob, drawRun }: FlowRunProps) {
  const isWide = useIsWide()
  const tree = useTree(job)
  const { states, jobs, chooseRound } = useRunStates(workspace, job, tree)
  const step = useMemo(() => findShown(tree, states, search.step), [tree, states, search.step])
  const restarts = useRestarts(workspace, job, tree)
  const missing = useMemo(() => [...states.values()].find(({ word }) => word === 'suspended')?.missing, [states])
  const select = (key: string) => onSearch({ ...search, step: key })

  return (
    <Group
      key={String(isWide)}
      orientation={isWide ? 'horizontal' : 'vertical'}
      className="min-h-0 flex-1 border-t border-line"
    >
      <Panel defaultSize={isWide ? '55%' : '45%'} minSize="20%" className="flex flex-col px-4 pt-1 sm:px-6">
        <Tabs
          label="View of the run"
          value={search.view ?? 'graph'}
          onChange={(view) => onSearch({ ...search, view: view === 'timeline' ? view : undefined })}
          tabs={[
            { id: 'graph', title: 'Graph' },
            { id: 'timeline', title: 'Timeline' },
          ]}
        >
          <div className="relative -mx-4 -mt-5 min-h-0 flex-1 sm:-mx-6">
            {search.view === 'timeline' && (
              <TimelineView workspace={workspace} jobs={jobs} isLive={job.type === 'QueuedJob'} />
            )}
            {search.view !== 'timeline' && (
              <FlowGraph tree={tree} label="Graph of the run" states={states} selected={step?.key} onSelect={select} />
            )}
          </div>
        </Tabs>
      </Panel>
      <Separator className="bg-line hover:bg-accent data-[separator=drag]:bg-accent aria-[orientation=horizontal]:h-px aria-[orientation=vertical]:w-px" />
      <Panel minSize="20%">
        <div className="h-full overflow-y-auto">
          <div className="flex flex-col gap-5 p-4">
            {missing !== undefined && job.type === 'QueuedJob' && (
              <ApprovalNote workspace={workspace} id={job.id} missing={missing} />
            )}
            <FixNote workspace={workspace} job={job} tree={tree} step={step} />
            {step ? (
              <StepPanel
                key={step.key}
                workspace={workspace}
                step={step}
                state={states.get(step.key)}
                {...restarts(step, states)}
                onRound={(index) => chooseRound(step.key, index)}
                onClose={() => onSearch({ ...search, step: '' })}
                drawJob={drawJob}
              />
            ) : (
              drawRun()
            )}
          </div>
        </div>
      </Panel>
    </Group>
  )
}

/** The flow does not change while it runs: its text tells whether it is another one. */
function useTree({ raw_flow: flow }: Job): FlowTree {
  const text = JSON.stringify(flow ?? null)
  return useMemo(() => readFlowTree(JSON.parse(text)), [text])
}

/** The step of the address; without one, the innermost that failed. */
function findShown(
  tree: FlowTree,
  states: ReadonlyMap<string, StepState>,
  wished: string | undefined,
): FlowStep | undefined {
  const steps = [...walkSteps(tree)]
  if (wished !== undefined) return steps.find(({ key }) => key === wished)
  return steps.findLast(({ key, id }) => id !== 'failure' && states.get(key)?.word === 'failed')
}

interface Restarts {
  readonly restarts: readonly StepRestart[]
  readonly onRestartInside: ((step: string) => void) | undefined
}

/** Ways to begin the run again at a step, once it is over: at the step as a whole, from the iteration or branch that is looked at, and inside of the flow that it calls. */
function useRestarts(
  workspace: string,
  job: Job,
  tree: FlowTree,
): (step: FlowStep, states: ReadonlyMap<string, StepState>) => Restarts {
  const navigate = useNavigate()
  const restart = useRestart(workspace)
  const isRun = job.type === 'CompletedJob' && (job.job_kind === 'flow' || job.job_kind === 'flowpreview')
  return (step, states) => {
    const place = isRun ? placeOf(tree.steps, states, step) : undefined
    if (!place) return { restarts: [], onRestartInside: undefined }
    const begin = (begun: RunPlace) =>
      restart.mutate(
        { id: job.id, place: begun },
        {
          onSuccess: (id) => void navigate({ to: links.run, params: { workspace, id } }),
          onError: (error) => showToast('It was not restarted.', { detail: describeError(error).message }),
        },
      )
    const from = (label: string, begun: RunPlace): StepRestart => ({ label, onRestart: () => begin(begun) })
    const { rounds } = states.get(step.key) ?? {}
    const noun = step.kind.shape === 'loop' ? 'iteration' : 'branch'
    const fromRound =
      rounds && rounds.shown > 0
        ? [from(`Restart from ${noun} ${rounds.shown + 1}`, placeOfRound(place, rounds.shown))]
        : []
    return {
      restarts: [...fromRound, from('Restart from here', place)],
      onRestartInside: step.type === 'flow' ? (inner) => begin(placeInside(place, inner)) : undefined,
    }
  }
}
