import { aiagent } from './aiagent/index.ts'
import { branchall } from './branchall/index.ts'
import { branchone } from './branchone/index.ts'
import { flow } from './flow/index.ts'
import { forloopflow } from './forloopflow/index.ts'
import { identity } from './identity/index.ts'
import { rawscript } from './rawscript/index.ts'
import { script } from './script/index.ts'
import type { StepKind } from './step-kind.ts'
import { whileloopflow } from './whileloopflow/index.ts'

/** Every kind of step, in the order in which they are offered. */
export const allStepKinds: readonly StepKind[] = [
  rawscript,
  script,
  flow,
  forloopflow,
  whileloopflow,
  branchone,
  branchall,
  identity,
  aiagent,
]

const byId = new Map(allStepKinds.map((kind) => [kind.id, kind]))

/** The kind with this `type`. */
export function findStepKind(id: string): StepKind | undefined {
  return byId.get(id)
}
