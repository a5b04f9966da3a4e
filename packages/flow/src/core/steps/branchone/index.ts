import { z } from 'zod'
import { acted, kept } from '../../definition/field-rules.ts'
import { absent } from '../../definition/options.ts'
import type { FlowModule } from '../../definition/flow-module.ts'
import type { Json } from '../../json.ts'
import type { Answer, ChildEnd } from '../../protocol.ts'
import { settled, type Rule } from '../../turn.ts'
import { holds } from '../../module/decided.ts'
import { failure, isGood } from '../shared/one-job.ts'
import type { ModuleList, ModuleRun, StepFailure, StepKind, StepProgress } from '../step-kind.ts'

const definition = (modules: ModuleList) =>
  z.looseObject({
    type: acted('F33', z.literal('branchone')),
    branches: acted(
      'F33',
      z.array(
        z.looseObject({
          expr: acted('F33', z.string()),
          modules: acted('F33', modules),
          summary: kept('its name in editors', absent(z.string())),
        }),
      ),
    ),
    default: acted('F33', modules),
  })
type BranchOne = z.infer<ReturnType<typeof definition>>

const Cursor = z.object({ branch: z.union([z.number(), z.literal('default')]) })
type Branch = z.infer<typeof Cursor>['branch']

/** The first branch whose condition holds, or the default one. */
export const branchone: StepKind<BranchOne> = {
  id: 'branchone',
  info: { label: 'Branch to one', description: 'Runs the first branch whose condition holds.' },
  definition,
  bodies: (value) => [
    ...value.branches.map(({ modules }, branch) => ({ branch, modules })),
    { branch: 'default', modules: value.default },
  ],
  entry: { kind: 'branch' },
  start,
  onEnded: (run, cursor, [child]) => settled(ended(run, cursor, child)),
}

function* start(run: ModuleRun<BranchOne>): Rule<StepProgress> {
  const branch = run.entry?.branch ?? (yield* choose(run))
  if (typeof branch === 'object') return branch
  const { turn, module, value, failures, scope, entry, together } = run
  if (modulesOf(value, branch).length === 0) return { kind: 'succeeded', result: scope.previous, branch }

  const seed = entry?.inside[0]
  turn.give({
    kind: 'startFrame',
    pointer: { kind: 'branch', module: module.id, branch },
    child: { module: module.id, index: 0, failures },
    previous: scope.previous,
    ...(scope.resumed === undefined ? {} : { resumed: scope.resumed }),
    ...(together === undefined ? {} : { together }),
    ...(seed && { seed }),
  })
  return { kind: 'waiting', cursor: { branch } }
}

function* choose(run: ModuleRun<BranchOne>): Rule<Branch | StepFailure> {
  const { turn, module, value, failures, scope } = run
  const answers = yield* turn.askAll(
    value.branches.map(({ expr }, branch) => ({
      kind: 'value',
      slot: `branch:${module.id}:${failures}:${branch}`,
      transform: { type: 'javascript', expr },
      scope,
    })),
  )

  const chosen = answers.findIndex((answer) => answer.kind === 'failed' || isTaken(answer))
  const answer = answers[chosen]
  if (answer?.kind === 'failed') return failure(run, answer.error)
  return chosen === -1 ? 'default' : chosen
}

function ended(run: ModuleRun, cursor: Json, child: ChildEnd): StepProgress {
  const result = { kind: 'job', id: child.job } as const
  const step = run.module.id
  if (child.stopped === true) {
    const status = child.status === 'canceled' ? 'failure' : child.status
    return { kind: 'over', end: { status, result, stopped: true, step } }
  }
  if (isGood(child)) return { kind: 'succeeded', result, branch: Cursor.parse(cursor).branch }
  return { kind: 'failed', result, step, isFinal: child.status === 'canceled' }
}

function isTaken(answer: Answer): boolean {
  return answer.kind === 'value' && holds(answer.value)
}

function modulesOf(value: BranchOne, branch: Branch): readonly FlowModule[] {
  return (branch === 'default' ? value.default : value.branches[branch]?.modules) ?? []
}
