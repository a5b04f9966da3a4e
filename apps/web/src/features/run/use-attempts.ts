import type { Job } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { scriptVersionQuery } from '../../data/scripts.ts'

/** Which attempt a run is at, such as `attempt 2 of 4`; absent for the first one. */
export function useAttempts(workspace: string, job: Job): string | undefined {
  const attempt = job.attempt ?? 0
  const isAgain = attempt > 1 && (job.type === 'CompletedJob' || job.running)
  const hash = job.script_hash ?? ''
  const { data: script } = useQuery({ ...scriptVersionQuery(workspace, hash), enabled: isAgain && hash !== '' })
  if (!isAgain) return undefined
  const { constant, exponential } = script?.retry ?? {}
  const attempts = 1 + (constant?.attempts ?? 0) + (exponential?.attempts ?? 0)
  // Runs that lost their worker count as well, beyond what the script asks for.
  return attempt <= attempts ? `attempt ${attempt} of ${attempts}` : `attempt ${attempt}`
}
