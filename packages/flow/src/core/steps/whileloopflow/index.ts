import { z } from 'zod'
import { absent } from '../../definition/options.ts'
import { iterations } from '../shared/iterations.ts'
import { continueMany, startMany } from '../shared/many-children.ts'
import type { ModuleList, StepKind } from '../step-kind.ts'

const definition = (modules: ModuleList) =>
  z.looseObject({
    type: z.literal('whileloopflow'),
    modules,
    skip_failures: z.boolean().nullish().transform(Boolean),
    squash: absent(z.boolean()),
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
  start: (run) => startMany(run, iterations(run, true), run.value.modules.length === 0 ? 0 : null, 1),
  onEnded: (run, cursor, children) => continueMany(run, iterations(run, true), cursor, children),
}
