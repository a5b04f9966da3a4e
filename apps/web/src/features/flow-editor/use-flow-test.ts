import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useRunFlowPreview, type FlowPreviewSource } from '../../data/flows.ts'
import { jobQuery, useCancelJob } from '../../data/jobs.ts'

/** The last test, started and stopped. */
export function useFlowTest(workspace: string) {
  const preview = useRunFlowPreview(workspace)
  const cancel = useCancelJob(workspace)
  const [jobId, setJobId] = useState<string | undefined>()
  const { data: job } = useQuery({ ...jobQuery(workspace, jobId ?? ''), enabled: jobId !== undefined })
  return {
    job,
    error: preview.error,
    isStarting: preview.isPending,
    start(run: FlowPreviewSource) {
      if (!preview.isPending) preview.mutate(run, { onSuccess: setJobId })
    },
    cancel: jobId !== undefined && job?.type === 'QueuedJob' ? () => cancel.mutate({ id: jobId }) : undefined,
  }
}
