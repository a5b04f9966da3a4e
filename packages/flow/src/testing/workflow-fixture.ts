import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { errorResult, type ClaimedJob, type NewJob, type RunEnd } from '@millrace/queue'
import { startConsumer, startQueue, consumerOptions, noop } from '@millrace/queue/testing/queue-fixture'
import { deployedFlows } from '../shell/deployed-flows.ts'
import type { Checkpoint } from '../workflow/checkpoint.ts'
import { Workflows } from '../workflow/workflows.ts'

/** What a round of a workflow comes to: it waits for what is told, in the words of the clients, or is over. */
export type Said = { readonly waits: unknown } | { readonly result: unknown } | { readonly error: string }

/** What the code of a workflow does with what is over. */
export type Code = (checkpoint: Checkpoint, job: ClaimedJob) => Said | Promise<Said>

/** A worker that runs workflows for real; only what their code does is given by the test. */
export interface WorkflowWorker {
  readonly workflows: Workflows
  readonly queue: Awaited<ReturnType<typeof startQueue>>['queue']
  /** The id of a job that runs this code. */
  start(code: string, more?: Partial<NewJob>): Promise<string>
  stop(): Promise<void>
}

/** Starts one for a tag. */
export async function startWorkflowWorker(
  db: Database,
  tag: string,
  code: Readonly<Record<string, Code>>,
): Promise<WorkflowWorker> {
  const { queue, notifier, near, stop } = await startQueue(db)
  const workflows = new Workflows({ db, queue, flows: deployedFlows(db), log: silentLogger })
  const run = async (job: ClaimedJob): Promise<RunEnd> => {
    for (;;) {
      const opened = await workflows.open(job)
      if (opened.kind === 'parked') return { status: 'parked' }
      const said = await code[job.rawCode ?? '']?.(opened.checkpoint, job)
      if (!said || 'error' in said)
        return { status: 'failure', resultJson: errorResult('Error', said?.error ?? 'no such code') }
      if ('result' in said) return { status: 'success', resultJson: JSON.stringify(said.result ?? null) }
      const suspended = await workflows.suspend(job, JSON.stringify(said.waits))
      if (suspended.kind === 'parked') return { status: 'parked' }
      if (suspended.kind === 'failed') return suspended.outcome
    }
  }
  const consumer = await startConsumer(
    consumerOptions({ db, notifier, near }, tag, run, {
      onCompleted: (_status, { options, parentJob }) => {
        if (options.step?.task && parentJob !== undefined) workflows.deliver(parentJob)
      },
    }),
  )
  return {
    workflows,
    queue,
    async start(rawCode, more = {}) {
      const id = newId()
      await queue.enqueue([{ ...noop(tag), kind: 'preview', rawCode, language: 'test', id, ...more }])
      return id
    },
    async stop() {
      await consumer.stop()
      await workflows.settled()
      await stop()
    },
  }
}
