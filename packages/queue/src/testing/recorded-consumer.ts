import { silentLogger, type Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { Consumer } from '../consumer.ts'
import type { RunContext } from '../consumer-options.ts'
import type { ClaimedJob, Outcome } from '../job.ts'
import type { NearWorkers } from '../near-workers.ts'
import type { Notifier } from '../notifier.ts'
import { steadyMs, type Entry } from './history/history.ts'
import { runTree } from './run-tree.ts'

/** What a worker of the crash tests is told; `id` is its identity in the queue. */
export interface WorkerOrder {
  readonly id: string
  readonly url: string
  readonly tags: readonly string[]
  readonly slots: number
  readonly leaseMs: number
}

/** What jobs of the crash tests may ask for. */
interface Wish {
  /** How long to sleep. */
  readonly ms?: number
  /** Start a tree of processes that sleep so many seconds, to be killed before. */
  readonly treeS?: number
}

/** A real consumer that says (`note`) which runs it began and what became of its outcomes. */
export function recordedConsumer(
  base: { readonly db: Database; readonly notifier: Notifier; readonly near?: NearWorkers },
  order: WorkerOrder,
  note: (entry: Entry) => void,
): Consumer {
  const pending = new Map<string, { readonly job: ClaimedJob; readonly outcome: Outcome; readonly fromMs: number }>()
  const answered = (id: string, answer: 'written' | 'stale') => {
    const settled = pending.get(id)
    if (!settled) return
    pending.delete(id)
    const { job, outcome, fromMs } = settled
    const fact = {
      op: 'complete' as const,
      id,
      attempt: job.attempt,
      status: outcome.status,
      logged: LINE.length,
      answer,
    }
    note({ ...fact, who: order.id, fromMs, toMs: steadyMs() })
  }
  const run = async (job: ClaimedJob, { signal, log }: RunContext): Promise<Outcome> => {
    const atMs = steadyMs()
    note({ op: 'start', id: job.id, attempt: job.attempt, who: order.id, fromMs: atMs, toMs: atMs })
    log.write(LINE)
    const outcome = await perform(JSON.parse(job.argsJson ?? '{}') as Wish, signal)
    pending.set(job.id, { job, outcome, fromMs: steadyMs() })
    return outcome
  }
  const log: Logger = {
    ...silentLogger,
    warn(fields, message) {
      if (message === 'a run ended after its job was taken away') answered(String(fields['job']), 'stale')
    },
  }
  const worker = {
    id: order.id,
    name: order.id,
    tags: order.tags,
    slots: order.slots,
    sandbox: 'none',
    isolated: false,
    notice: undefined,
    version: 'test',
  }
  return new Consumer({
    ...base,
    log,
    worker,
    leaseMs: order.leaseMs,
    pollMs: 500,
    drainMs: 5000,
    logLengthMax: 1000,
    run,
    onCompleted: (_status, { id }) => answered(id, 'written'),
    onBug: (_job, error) => ({ status: 'failure', resultJson: JSON.stringify(String(error)) }),
  })
}

const LINE = 'here I am\n'

async function perform({ ms, treeS }: Wish, signal: AbortSignal): Promise<Outcome> {
  if (treeS !== undefined) await runTree(treeS, signal)
  else await sleep(ms ?? 0, signal)
  if (signal.aborted) return { status: 'failure', resultJson: '"aborted"' }
  return { status: 'success', resultJson: 'true' }
}
