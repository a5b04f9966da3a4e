import { isAbsolute, normalize } from 'node:path'
import { findBarrier } from './reach.ts'
import { SandboxFault } from './sandbox.ts'
import type { Mount } from './spec.ts'
import { dirname } from 'node:path'

/** Rejects with a `SandboxFault` that names the folder when a job's user could not reach what is to be mounted. */
export async function checkMounts(mounts: readonly Mount[]): Promise<void> {
  for (const mount of mounts) {
    if (!isAbsolute(mount.host) || normalize(mount.inside) !== mount.inside || !isAbsolute(mount.inside)) {
      throw new SandboxFault(`the mount ${mount.host} at ${mount.inside} must name absolute paths without dots`)
    }
    const barrier = await findBarrier(mount.writable ? dirname(mount.host) : mount.host)
    if (barrier === undefined) continue
    throw new SandboxFault(
      `${mount.host} cannot be shown to jobs: their user may not enter ${barrier}; move it or open that folder (chmod o+rx)`,
    )
  }
}
