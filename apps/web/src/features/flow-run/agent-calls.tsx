import type { AgentCall } from '../../flow-graph/core/run-states.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'

interface AgentCallsProps {
  readonly calls: readonly AgentCall[]
  /** The job that is looked at. */
  readonly shown: string | undefined
  readonly onChoose: (job: string) => void
}

/** What an agent did, in order: its model said something, or called a tool. */
export function AgentCalls({ calls, shown, onChoose }: AgentCallsProps) {
  return (
    <div role="group" aria-label="Calls" className="flex flex-wrap gap-1">
      {calls.map(({ job, tool, isGood }) => (
        <Button
          key={job}
          aria-pressed={job === shown}
          className={classNames(
            job === shown && 'border-accent! bg-accent-soft!',
            tool !== undefined && 'font-mono',
            isGood === false && 'text-failed!',
          )}
          onClick={() => onChoose(job)}
        >
          {tool ?? 'Model'}
        </Button>
      ))}
    </div>
  )
}
