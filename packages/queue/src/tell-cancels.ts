import type { ConsumerOptions } from './consumer-options.ts'
import type { Run } from './run.ts'
import { findCancelRequests } from './sql/worker-lease.ts'

/** Tells running jobs of cancels; ids that were announced but have no request were ended by force. */
export async function tellCancels(
  { db, worker, log }: Pick<ConsumerOptions, 'db' | 'worker' | 'log'>,
  running: ReadonlyMap<string, Run>,
  announced: readonly string[],
): Promise<void> {
  try {
    const requests = await findCancelRequests(db, worker.id)
    for (const request of requests) running.get(request.id)?.stop({ kind: 'cancel', request })
    const asked = new Set(requests.map((request) => request.id))
    for (const id of announced) {
      if (!asked.has(id)) running.get(id)?.stop({ kind: 'lease_lost' })
    }
  } catch (error) {
    log.warn({ err: error }, 'cancels cannot be read')
  }
}
