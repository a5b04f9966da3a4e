import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sandbox } from '@millrace/sandbox'
import type { Mount } from '@millrace/sandbox/spec'

/** Where a job sees the folder that it shares, besides `./shared`. */
const INSIDE = '/shared'

/** A folder that several jobs have at the same time. */
export interface OpenSharedFolder {
  readonly mounts: readonly Mount[]
  /** Lets a job find it from its own folder. */
  linkFrom(jobFolder: string): Promise<void>
}

/** Opens a folder that jobs share; to be called before the job's own folder is made, so that all that share it are one user. */
export async function openSharedFolder(sandbox: Sandbox, folder: string | undefined): Promise<OpenSharedFolder> {
  if (folder === undefined) return { mounts: [], linkFrom: () => Promise.resolve() }
  await sandbox.makeFolder(folder)
  const isMounted = sandbox.isolation.files
  return {
    mounts: isMounted ? [{ host: folder, inside: INSIDE, writable: true }] : [],
    linkFrom: (jobFolder) => symlink(isMounted ? INSIDE : folder, join(jobFolder, 'shared')),
  }
}
