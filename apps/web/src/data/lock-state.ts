import type { ScriptItem } from '@millrace/contracts'

/** What is to be said of the lock of a version. */
export interface LockState {
  readonly word: 'locking' | 'lock failed'
  readonly title: string
  /** The job whose log tells more. */
  readonly job: string | undefined
}

/** How far the packages of a version are pinned; undefined where all is well. */
export function readLockState(
  script: Pick<ScriptItem, 'is_locking' | 'lock_error_logs' | 'lock_job'>,
): LockState | undefined {
  const { is_locking: isLocking, lock_error_logs: error, lock_job: job } = script
  if (error !== undefined) return { word: 'lock failed', title: error, job }
  if (isLocking !== true) return undefined
  return { word: 'locking', title: 'Its packages are being pinned; the version before serves until then.', job }
}
