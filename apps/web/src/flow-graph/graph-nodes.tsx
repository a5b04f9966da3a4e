import { Handle, Position, type Node, type NodeProps, type NodeTypes } from '@xyflow/react'
import { createContext, use } from 'react'
import { classNames } from '../ui/class-names.ts'
import { formatCount, formatDuration } from '../ui/format-quantity.ts'
import type { FlowStep } from './core/flow-tree.ts'
import type { GraphNode } from './core/layout.ts'
import type { StepState } from './core/run-states.ts'
import { edgeClass, KindSign, StepMarks, StepWordMark } from './step-look.tsx'

/** What the cards show beside their step; it changes often, while the nodes stay. */
export interface GraphView {
  /** Absent where nothing runs. */
  readonly states: ReadonlyMap<string, StepState> | undefined
  readonly selected: string | undefined
  /** Keys of steps with something wrong. */
  readonly faulty: ReadonlySet<string>
  readonly onSelect: ((key: string) => void) | undefined
}

export const GraphContext = createContext<GraphView>({
  states: undefined,
  selected: undefined,
  faulty: new Set(),
  onSelect: undefined,
})

export type DrawnNode = Node<{ readonly node: GraphNode }>

export const nodeTypes: NodeTypes = { part: Part }

function Part({ data }: NodeProps<DrawnNode>) {
  const { node } = data
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className="opacity-0" />
      <Drawn node={node} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} className="opacity-0" />
    </>
  )
}

function Drawn({ node }: { readonly node: GraphNode }) {
  switch (node.kind) {
    case 'step':
      return <Card step={node.step} />
    case 'box':
      return <div className="h-full w-full rounded-md border border-dashed border-line-strong bg-panel/60" />
    case 'label':
      return <Label node={node} />
    case 'empty':
      return (
        <div className="flex h-full items-center justify-center rounded-md border border-dashed border-line text-xs text-muted">
          {node.text}
        </div>
      )
    case 'end':
      return (
        <div className="flex h-full items-center justify-center rounded-full border border-line bg-panel text-xs text-muted">
          {node.text}
        </div>
      )
    case 'join':
      return <div className="h-full w-full rounded-full bg-line-strong" />
  }
}

function Card({ step }: { readonly step: FlowStep }) {
  const { states, selected, faulty, onSelect } = use(GraphContext)
  const state = states?.get(step.key)
  const isFaulty = faulty.has(step.key)
  const title = step.summary || step.detail || step.kind.label
  const isDim = states !== undefined && state?.word === undefined
  return (
    <button
      type="button"
      aria-pressed={selected === step.key}
      aria-label={labelOf(step, title, states && (state?.word ?? 'not started'))}
      onClick={() => onSelect?.(step.key)}
      className={classNames(
        'nopan flex h-full w-full items-center gap-2.5 rounded-md border bg-raised px-2.5 text-left hover:bg-hover',
        isFaulty ? 'border-failed' : edgeClass(state?.word),
        selected === step.key && 'ring-2 ring-accent',
      )}
    >
      <KindSign sign={step.kind.sign} />
      <span className={classNames('min-w-0 flex-1', isDim && 'opacity-60')}>
        <span className="block truncate text-sm font-medium" title={title}>
          {title}
        </span>
        <span className="flex items-center gap-1.5 text-xs text-muted">
          <span className="max-w-24 truncate font-mono" title={step.id}>
            {step.id}
          </span>
          <span className="truncate">{step.kind.label}</span>
          <StepMarks marks={step.marks} />
        </span>
      </span>
      {state?.word !== undefined && <Progress state={state} />}
    </button>
  )
}

function Progress({ state }: { readonly state: StepState }) {
  const { word, rounds, durationMs, retriedJobs } = state
  return (
    <span className="flex shrink-0 flex-col items-end gap-0.5 text-xs text-muted tabular-nums">
      {word !== undefined && <StepWordMark word={word} isSignOnly />}
      {rounds && (
        <span>
          {rounds.all === undefined
            ? formatCount(rounds.done)
            : `${formatCount(rounds.done)}/${formatCount(rounds.all)}`}
        </span>
      )}
      {!rounds && durationMs !== undefined && word !== 'suspended' && <span>{formatDuration(durationMs)}</span>}
      {!rounds && durationMs === undefined && retriedJobs.length > 0 && <span>try {retriedJobs.length + 1}</span>}
    </span>
  )
}

function Label({ node }: { readonly node: Extract<GraphNode, { kind: 'label' }> }) {
  const { states } = use(GraphContext)
  const state = states?.get(node.step.key)
  const isTaken = node.branch !== undefined && state?.branch === node.branch
  return (
    <div className="flex h-full items-center justify-center">
      <span
        title={node.text}
        className={classNames(
          'max-w-full truncate rounded-md border bg-page px-2 text-xs leading-5',
          isTaken ? 'border-done font-medium text-text' : 'border-line text-muted',
        )}
      >
        {node.text}
        {isTaken && <span className="sr-only"> (taken)</span>}
      </span>
    </div>
  )
}

function labelOf(step: FlowStep, title: string, word: string | undefined): string {
  const marks = step.marks.map((mark) => mark.title)
  return [`Step ${step.id}: ${title}`, step.kind.label, word, ...marks].filter(Boolean).join(', ')
}
