import { Ban, CircleCheck, CircleX, Clock, LoaderCircle, PauseCircle, type LucideIcon } from 'lucide-react'
import { classNames } from './class-names.ts'

/** The six words for what state a run is in; no other is shown anywhere. */
export const stateWords = ['waiting', 'running', 'suspended', 'done', 'failed', 'cancelled'] as const
export type StateWord = (typeof stateWords)[number]

const LOOKS: Readonly<Record<StateWord, { readonly icon: LucideIcon; readonly color: string }>> = {
  waiting: { icon: Clock, color: 'text-waiting' },
  running: { icon: LoaderCircle, color: 'text-running' },
  suspended: { icon: PauseCircle, color: 'text-suspended' },
  done: { icon: CircleCheck, color: 'text-done' },
  failed: { icon: CircleX, color: 'text-failed' },
  cancelled: { icon: Ban, color: 'text-muted' },
}

/** Colour, icon and word of a state. */
export function StateMark({ state, size = 14 }: { readonly state: StateWord; readonly size?: number }) {
  const { icon: Icon, color } = LOOKS[state]
  return (
    <span className={classNames('inline-flex items-center gap-1.5 font-medium', color)}>
      <Icon size={size} className={state === 'running' ? 'animate-spin' : ''} aria-hidden />
      {state}
    </span>
  )
}
