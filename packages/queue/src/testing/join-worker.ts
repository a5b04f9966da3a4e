import { newId } from '@millrace/base/ids'
import type { Database } from '@millrace/db'
import { registerWorker } from '../sql/worker-lease.ts'

/** A worker with a lease that claims only when a test says so. */
export async function joinWorker(db: Database): Promise<{ readonly id: string; readonly name: string }> {
  const id = newId()
  await registerWorker(db, {
    id,
    name: id,
    tags: [],
    slots: 1,
    sandbox: 'none',
    isolated: false,
    notice: undefined,
    version: 't',
  })
  return { id, name: id }
}
