import type { StepKind } from '../step-kind.ts'
import { definition, type Agent } from './definition.ts'
import { onEnded, start } from './rounds.ts'

/** A model that works with tools until it has an answer. */
export const aiagent: StepKind<Agent> = {
  id: 'aiagent',
  info: { label: 'AI agent', description: 'Lets a model work with tools until it has an answer.' },
  definition,
  bodies: () => [],
  tools: ({ tools }) => tools.flatMap(({ module, position }) => (module ? [{ module, position }] : [])),
  passesOn: ['timeout', 'priority', 'delete_after_secs', 'delete_after_use'],
  start,
  onEnded,
}
