import { followJob, type Client } from '@millrace/client'
import type { DeploymentStatus, JobUpdate } from '@millrace/contracts'
import type { Terminal } from '../../output/terminal.ts'

/** A version that was deployed. */
export interface Version {
  readonly workspace: string
  readonly hash: string
}

/**
 * Waits until the packages of a version are pinned, or cannot be, and passes the log of that job on. On Ctrl-C only the waiting ends, and
 * the answer has neither a lock nor an error.
 */
export async function awaitLock(client: Client, terminal: Terminal, version: Version): Promise<DeploymentStatus> {
  const stop = new AbortController()
  const forget = terminal.onInterrupt(() => stop.abort())
  try {
    for (let followed: string | undefined; ;) {
      const status = await client.scripts.getScriptDeploymentStatus(version)
      const isOver = status.lock !== undefined || status.lock_error_logs !== undefined
      // A job may be replaced by one that begins later.
      if (isOver || status.job_id === undefined || status.job_id === followed) return status
      followed = status.job_id
      const onUpdate = (update: JobUpdate) => update.new_logs && terminal.err(update.new_logs)
      await followJob(client, version.workspace, followed, { signal: stop.signal, onUpdate })
    }
  } catch (error) {
    if (stop.signal.aborted) return {}
    throw error
  } finally {
    forget()
  }
}
