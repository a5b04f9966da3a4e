import { z } from 'zod'
import { acted, kept } from '../../definition/field-rules.ts'
import { absent } from '../../definition/options.ts'
import { settled } from '../../turn.ts'
import type { StepKind } from '../step-kind.ts'

const Identity = z.looseObject({
  type: acted('F31', z.literal('identity')),
  flow: kept('whether it stands for a flow in editors', absent(z.boolean())),
})
type Identity = z.infer<typeof Identity>

/** Gives the result before it again. */
export const identity: StepKind<Identity> = {
  id: 'identity',
  info: { label: 'Identity', description: 'Passes the previous result on.' },
  definition: () => Identity,
  bodies: () => [],
  start: (run) => settled({ kind: 'succeeded', result: run.scope.previous }),
  onEnded: (_run, cursor) => settled({ kind: 'waiting', cursor }),
}
