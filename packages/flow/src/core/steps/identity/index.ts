import { z } from 'zod'
import { settled } from '../../turn.ts'
import type { StepKind } from '../step-kind.ts'

const Identity = z.looseObject({ type: z.literal('identity') })
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
