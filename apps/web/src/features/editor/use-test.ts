import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { jobQuery, useCancelJob, useRunPreview, type PreviewSource } from '../../data/jobs.ts'

/** The last test, started and stopped. */
export function useTest(workspace: string) {
  const preview = useRunPreview(workspace)
  const cancel = useCancelJob(workspace)
  const [jobId, setJobId] = useState<string | undefined>()
  const { data: job } = useQuery({ ...jobQuery(workspace, jobId ?? ''), enabled: jobId !== undefined })
  const isGoing = jobId !== undefined && job?.type === 'QueuedJob'
  return {
    jobId,
    error: preview.error,
    isStarting: preview.isPending,
    start(run: PreviewSource) {
      if (!preview.isPending) preview.mutate(run, { onSuccess: setJobId })
    },
    cancel: isGoing ? () => cancel.mutate({ id: jobId }) : undefined,
  }
}
