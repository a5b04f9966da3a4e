import { followJob } from '@millrace/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { client } from '../../data/client.ts'
import { jobQuery } from '../../data/jobs.ts'
import { LogBuffer } from './log/log-buffer.ts'

interface FollowedLog {
  readonly log: LogBuffer
  readonly error: unknown
}

/** For a component keyed by the job. The log of a job from its beginning, live while the job goes on; when the job ends it is read again as a whole. */
export function useFollowedLog(workspace: string, id: string): FollowedLog {
  const queries = useQueryClient()
  const [log] = useState(() => new LogBuffer())
  const [error, setError] = useState<unknown>()

  useEffect(() => {
    const end = new AbortController()
    log.clear()
    const key = jobQuery(workspace, id).queryKey
    let isRunning = false
    followJob(client, workspace, id, {
      signal: end.signal,
      onUpdate(update) {
        log.append(update.new_logs ?? '')
        if (update.running === true && !isRunning) {
          isRunning = true
          void queries.invalidateQueries({ queryKey: key })
        }
      },
    }).then(
      () => queries.invalidateQueries({ queryKey: key }),
      (reason: unknown) => {
        if (!end.signal.aborted) setError(reason)
      },
    )
    return () => end.abort()
  }, [queries, log, workspace, id])

  return { log, error }
}
