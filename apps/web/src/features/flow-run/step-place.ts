import type { FlowRestart } from '@millrace/contracts'
import type { FlowStep } from '../../flow-graph/core/flow-tree.ts'
import type { StepState } from '../../flow-graph/core/run-states.ts'

/** Where a run begins again. */
export type RunPlace = Pick<FlowRestart, 'step_id' | 'branch_or_iteration_n' | 'nested_path'>

/** The place of a step, in the iterations and branches that are looked at; undefined for a step outside of the list. */
export function placeOf(
  steps: readonly FlowStep[],
  states: ReadonlyMap<string, StepState>,
  wanted: FlowStep,
): RunPlace | undefined {
  const line = findLine(steps, wanted)
  if (!line) return undefined
  const [first, ...inside] = line.map((step) => {
    const { rounds } = states.get(step.key) ?? {}
    return { step_id: step.id, ...(rounds && step !== wanted && { branch_or_iteration_n: rounds.shown }) }
  })
  return first && { ...first, ...(inside.length > 0 && { nested_path: inside }) }
}

/** The same from one of its iterations or branches on. */
export function placeOfRound(place: RunPlace, index: number): RunPlace {
  const inside = place.nested_path ?? []
  const last = inside.at(-1)
  if (!last) return { ...place, branch_or_iteration_n: index }
  return { ...place, nested_path: [...inside.slice(0, -1), { ...last, branch_or_iteration_n: index }] }
}

/** The same at a step of the flow that it calls. */
export function placeInside(place: RunPlace, step: string): RunPlace {
  return { ...place, nested_path: [...(place.nested_path ?? []), { step_id: step }] }
}

/** The steps around a step and itself, from the outside in. */
function findLine(steps: readonly FlowStep[], wanted: FlowStep): readonly FlowStep[] | undefined {
  for (const step of steps) {
    if (step === wanted) return [step]
    for (const body of step.bodies) {
      const inner = findLine(body.steps, wanted)
      if (inner) return [step, ...inner]
    }
  }
  return undefined
}
