import type { Job } from '@millrace/contracts'
import { walkSteps, type FlowTree } from '../../flow-graph/core/flow-tree.ts'
import { FlowGraph } from '../../flow-graph/flow-graph.tsx'
import { useRunStates } from '../../flow-graph/use-run-states.ts'

interface LiveGraphProps {
  readonly workspace: string
  readonly tree: FlowTree
  readonly faulty: ReadonlySet<string>
  /** The last test: its states are drawn on the steps that still have their ids. */
  readonly job: Job | undefined
  /** Called with the place of a step in the document. */
  readonly onSelect: (path: string) => void
}

/** The flow as it is typed. */
export function LiveGraph({ workspace, tree, faulty, job, onSelect }: LiveGraphProps) {
  const select = (key: string) => {
    const step = [...walkSteps(tree)].find((each) => each.key === key)
    if (step) onSelect(step.path)
  }
  if (!job) return <FlowGraph tree={tree} label="Graph of the flow" faulty={faulty} onSelect={select} />
  return <TestedGraph workspace={workspace} tree={tree} faulty={faulty} job={job} onSelect={select} />
}

function TestedGraph({ workspace, tree, faulty, job, onSelect }: LiveGraphProps & { readonly job: Job }) {
  const { states } = useRunStates(workspace, job, tree)
  return <FlowGraph tree={tree} label="Graph of the flow" faulty={faulty} states={states} onSelect={onSelect} />
}
