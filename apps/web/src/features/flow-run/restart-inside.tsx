import { useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { jobQuery } from '../../data/jobs.ts'
import { Button } from '../../ui/button.tsx'
import { Menu } from '../../ui/menu.tsx'

interface RestartInsideProps {
  readonly workspace: string
  /** The run of the flow that the step called. */
  readonly called: string
  readonly onRestart: (step: string) => void
}

/** Begins the run again at a step of the flow that a step called: one that it came to. */
export function RestartInside({ workspace, called, onRestart }: RestartInsideProps) {
  const { data: job } = useQuery(jobQuery(workspace, called))
  const modules = job?.flow_status?.modules ?? []
  const reached = modules.filter(({ type, id }) => type !== 'WaitingForPriorSteps' && id !== undefined)
  if (reached.length === 0) return undefined
  const summaries = new Map(job?.raw_flow?.modules.map(({ id, summary }) => [id, summary]))
  const entries = reached.map(({ id = '' }) => ({
    id,
    label: summaries.get(id) ? `${id}: ${summaries.get(id)}` : id,
    perform: () => onRestart(id),
  }))
  return (
    <Menu
      trigger={
        <Button>
          <RotateCcw size={14} aria-hidden /> Restart inside
        </Button>
      }
      groups={[{ title: `Steps of ${job?.script_path ?? 'the flow'}`, entries }]}
    />
  )
}
