import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { silentLogger } from '@millrace/base/logger'
import { Problem } from '@millrace/base/problem'
import { closeDatabase, openDatabase } from '@millrace/db'
import type { NewJob } from '../job.ts'
import { Keeper } from '../keeper.ts'
import { startQueue } from './queue-fixture.ts'

interface Call {
  readonly call: string
  readonly jobs: readonly NewJob[]
}

/**
 * A server's part of the queue as a program: keeps house, and enqueues what lines of JSON on stdin ask for. It prints `nowMs`,
 * what its clock says, when it is ready, and the answer to each call; it ends with its stdin.
 */
async function main({ url, leaseMs }: { readonly url: string; readonly leaseMs: number }): Promise<void> {
  process.stdout.on('error', () => {})
  const db = openDatabase({ url, poolSize: 4, applicationName: 'crash-server' })
  const { queue, notifier, stop } = await startQueue(db)
  const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs, retentionDays: 30 })
  await keeper.start()
  say({ nowMs: Date.now() })
  const lines = createInterface(process.stdin)
  lines.on('line', (text) => {
    const { call, jobs } = JSON.parse(text) as Call
    void queue.enqueue(jobs).then(
      () => say({ call, answer: 'done' }),
      (error: unknown) => say({ call, answer: error instanceof Problem ? 'refused' : 'unknown' }),
    )
  })
  await once(lines, 'close')
  await keeper.stop()
  await stop()
  await closeDatabase(db)
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

await main(JSON.parse(process.argv[2] ?? '') as { url: string; leaseMs: number })
