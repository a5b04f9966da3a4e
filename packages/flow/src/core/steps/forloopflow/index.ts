import { z } from 'zod'
import { acted } from '../../definition/field-rules.ts'
import { absent, NumberOrTransform, Transform } from '../../definition/options.ts'
import { findNumber } from '../../module/decided.ts'
import type { FlowError } from '../../protocol.ts'
import type { Rule } from '../../turn.ts'
import { iterations, squash } from '../shared/iterations.ts'
import { continueMany, startMany, WIDTH_MAX } from '../shared/many-children.ts'
import { failure } from '../shared/one-job.ts'
import type { ModuleList, ModuleRun, StepKind, StepProgress } from '../step-kind.ts'

const definition = (modules: ModuleList) =>
  z.looseObject({
    type: acted('F35', z.literal('forloopflow')),
    modules: acted('F35', modules),
    iterator: acted('F35', Transform),
    skip_failures: acted('F35', z.boolean().nullish().transform(Boolean)),
    parallel: acted('F35', z.boolean().nullish().transform(Boolean)),
    parallelism: acted('F36', absent(NumberOrTransform)),
    squash: acted('F45', absent(z.boolean())),
  })
type ForLoop = z.infer<ReturnType<typeof definition>>

/** Runs its modules once for each item of a list. */
export const forloopflow: StepKind<ForLoop> = {
  id: 'forloopflow',
  info: { label: 'For loop', description: 'Runs steps once for each item of a list.' },
  definition,
  bodies: ({ modules }) => [{ modules }],
  isRepeating: true,
  entry: { kind: 'children', skipsFailure: (value) => value.skip_failures },
  judgesStops: (value) => !value.parallel,
  start,
  onEnded: (run, cursor, children) => continueMany(run, iterations(run, !run.value.parallel), cursor, children),
}

function* start(run: ModuleRun<ForLoop>): Rule<StepProgress> {
  const { turn, module, value, failures, scope } = run
  const slot = `list:${module.id}:${failures}`
  const count = yield* turn.list({ kind: 'list', slot, module: module.id, transform: value.iterator, scope })
  if (typeof count === 'object') return failure(run, count)

  const width = yield* widthOf(run)
  if (typeof width === 'object') return failure(run, width)
  const together = yield* squash(run)
  if (together !== undefined && 'message' in together) return failure(run, together)
  turn.give({ kind: 'keepList', slot, module: module.id })
  return yield* startMany(run, iterations(run, !value.parallel), { count, width, together })
}

/** How many iterations are under way at most. */
function* widthOf(run: ModuleRun<ForLoop>): Rule<number | FlowError> {
  const { parallel, parallelism } = run.value
  if (!parallel) return 1
  if (parallelism === undefined) return WIDTH_MAX

  const answer = yield* run.turn.value(`parallelism:${run.module.id}:${run.failures}`, parallelism, run.scope)
  if (answer.kind === 'failed') return answer.error
  if (answer.value === null) return WIDTH_MAX
  const number = findNumber(answer.value, 1)
  if (number !== undefined) return Math.min(WIDTH_MAX, Math.floor(number))
  const message = `the parallelism of ${run.module.id} is ${JSON.stringify(answer.value)}: it must be a number from 1 on`
  return { name: 'BadParallelism', message }
}
