import { z } from 'zod'
import { acted, kept, refused } from '../../definition/field-rules.ts'
import { absent, AnyJson } from '../../definition/options.ts'
import type { Rule } from '../../turn.ts'
import { iterations, squash } from '../shared/iterations.ts'
import { continueMany, startMany } from '../shared/many-children.ts'
import { failure } from '../shared/one-job.ts'
import type { ModuleList, ModuleRun, StepKind, StepProgress } from '../step-kind.ts'

const ONE_BY_ONE =
  'is for loops over a list: what one iteration gives decides whether there is another, so leave it out'

const definition = (modules: ModuleList) =>
  z.looseObject({
    type: acted('F38', z.literal('whileloopflow')),
    modules: acted('F38', modules),
    skip_failures: acted('F38', z.boolean().nullish().transform(Boolean)),
    squash: acted('F45', absent(z.boolean())),
    parallel: refused(ONE_BY_ONE),
    parallelism: kept('means nothing where iterations go one by one', absent(AnyJson)),
  })
type WhileLoop = z.infer<ReturnType<typeof definition>>

/**
 * Runs its modules again and again until a `stop_after_if` holds, of the loop or of a step in it. One iteration decides about the
 * next, so that they never run in parallel; without modules there is nothing that could ever stop it, and it does nothing.
 */
export const whileloopflow: StepKind<WhileLoop> = {
  id: 'whileloopflow',
  info: { label: 'While loop', description: 'Runs steps again and again until one of them says stop.' },
  definition,
  bodies: ({ modules }) => [{ modules }],
  isRepeating: true,
  entry: { kind: 'children', skipsFailure: (value) => value.skip_failures },
  judgesStops: () => true,
  start,
  onEnded: (run, cursor, children) => continueMany(run, iterations(run, true), cursor, children),
}

function* start(run: ModuleRun<WhileLoop>): Rule<StepProgress> {
  const together = yield* squash(run)
  if (together !== undefined && 'message' in together) return failure(run, together)
  const count = run.value.modules.length === 0 ? 0 : null
  return yield* startMany(run, iterations(run, true), { count, width: 1, together })
}
