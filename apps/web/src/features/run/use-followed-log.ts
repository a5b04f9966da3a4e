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

/** The log of a job from its beginning, live while the job goes on; when the job ends it is read again as a whole. */
export function useFollowedLog(workspace: string, id: string): FollowedLog {
  const queries = useQueryClient()
  const [followed, setFollowed] = useState<FollowedLog>(() => ({ log: new LogBuffer(), error: undefined }))

  useEffect(() => {
    const end = new AbortController()
    const log = new LogBuffer()
    setFollowed({ log, error: undefined })
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
      (error: unknown) => {
        if (!end.signal.aborted) setFollowed({ log, error })
      },
    )
    return () => end.abort()
  }, [queries, workspace, id])

  return followed
}
