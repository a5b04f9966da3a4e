import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { deployedFlows, Expressions, FlowShell, readProgram, type References } from '@millrace/flow'
import { Consumer, Keeper, NearWorkers, Notifier, Queue, type NewJob } from '@millrace/queue'

/** A worker that runs flows whose steps do nothing. */
export interface FlowHost {
  readonly queue: Queue
  readonly tag: string
  stop(): Promise<void>
}

/** Starts a worker with a keeper in this process; its steps give `null` at once. */
export async function startFlowHost(db: Database, slots: number): Promise<FlowHost> {
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const near = new NearWorkers()
  const queue = new Queue(db, notifier, near)
  const expressions = new Expressions()
  const log = silentLogger
  const shell = new FlowShell({ db, queue, log, readProgram, expressions, references, flows: deployedFlows(db) })
  const id = newId()
  const tag = `flow-${id}`
  const consumer = new Consumer({
    db,
    notifier,
    near,
    log,
    worker: {
      id,
      name: id,
      tags: [tag],
      slots,
      sandbox: 'none',
      isolated: false,
      notice: undefined,
      version: 'bench',
    },
    leaseMs: 20_000,
    pollMs: 5000,
    drainMs: 5000,
    logLengthMax: 1_000_000,
    run: (job, { signal }) =>
      job.kind === 'preview' ? { status: 'success', resultJson: 'null' } : shell.run(job, signal),
    onBug: () => ({ status: 'failure', resultJson: null }),
    onCompleted: (_status, job) => shell.ended(job),
    finishStep: shell.finishStep,
  })
  const keeper = new Keeper({ db, notifier, log, leaseMs: 20_000, retentionDays: 30 })
  await consumer.start()
  await keeper.start()
  return {
    queue,
    tag,
    async stop() {
      await consumer.stop()
      await shell.settled()
      await keeper.stop()
      await expressions.stop()
      await notifier.stop()
    },
  }
}

/** A run of a flow. */
export function flowJob(tag: string, modules: readonly object[], args: Readonly<Record<string, unknown>> = {}): NewJob {
  return {
    id: newId(),
    workspaceId: 'admins',
    kind: 'flowpreview',
    rawCode: JSON.stringify({ modules }),
    args,
    tag,
    createdBy: 'bench',
    email: 'b@example.org',
    permissionedAs: 'u/bench',
  }
}

/** A step that is a job. */
export function step(id: string): object {
  return { id, value: { type: 'rawscript', language: 'none', content: '', input_transforms: {} } }
}

const references: References = {
  variable: () => Promise.resolve({ ok: false, message: 'there are no variables' }),
  resource: () => Promise.resolve({ ok: false, message: 'there are no resources' }),
  resolve: (_frame, value) => Promise.resolve({ ok: true, json: JSON.stringify(value) }),
}
