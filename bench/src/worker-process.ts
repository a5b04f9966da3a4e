import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const PROGRAM = new URL('./noop-worker.ts', import.meta.url).pathname

/** What a worker process is told. */
export interface WorkerOrder {
  readonly url: string
  readonly tag: string
  readonly slots: number
  /** How long a job sleeps; without it, it does nothing. */
  readonly jobMs?: number
  /** It tells of the jobs of this workspace only. */
  readonly tells?: string
}

/** A worker in a process of its own that says when jobs began. */
export interface WorkerProcess {
  /** When a job begins, in nanoseconds of the machine's monotonic clock; to be asked before the job is enqueued. */
  began(id: string): Promise<bigint>
  /** Jobs that have run, to the hundred. */
  endedCount(): number
  /** Lets it finish what runs, and waits for its end. */
  stop(): Promise<void>
}

/** Starts one and waits until it claims. */
export async function startWorkerProcess(order: WorkerOrder): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const begun = new Map<string, (atNs: bigint) => void>()
  const ready = Promise.withResolvers<void>()
  void exited.then(() => ready.reject(new Error('a worker process ended before it was ready')))
  let endedCount = 0
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'ready') return ready.resolve()
    const [word = '', number = '0'] = line.split(' ')
    if (word === 'ended') endedCount = Number(number)
    begun.get(word)?.(BigInt(number))
    begun.delete(word)
  })
  await ready.promise
  return {
    began: (id) => new Promise((resolve) => begun.set(id, resolve)),
    endedCount: () => endedCount,
    async stop() {
      child.stdin.end()
      await exited
    },
  }
}
