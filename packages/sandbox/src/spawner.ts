import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Socket } from 'node:net'
import { invariant } from '@millrace/base/invariant'
import type { SpawnNews, SpawnOrder } from './spawn-order.ts'

const HELPER = fileURLToPath(new URL('./spawning-process.ts', import.meta.url))

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that the spawner made for us: our ends of its pipes, and its end. */
export interface Spawned {
  readonly pid: number
  /** Our end of the pipe at a descriptor of the order. */
  pipe(descriptor: number): Socket
  readonly ended: Promise<ProcessEnd>
}

interface Waiting {
  readonly pipes: Map<number, Socket>
  readonly made: PromiseWithResolvers<Spawned>
  readonly ended: PromiseWithResolvers<ProcessEnd>
}

/**
 * Spawns processes from a small process of its own, started at the first order and again should it ever die: whoever forks
 * from a large process stands still for its page tables. Everything that it spawned ends with it (boxes ask the kernel for
 * that), and it ends with us.
 */
export class Spawner {
  readonly #waiting = new Map<number, Waiting>()
  #helper: ChildProcess | undefined
  #lastId = 0

  /** Rejects when there could be no such process. */
  spawn(order: Omit<SpawnOrder, 'id'>): Promise<Spawned> {
    const id = (this.#lastId += 1)
    const waiting = {
      pipes: new Map<number, Socket>(),
      made: Promise.withResolvers<Spawned>(),
      ended: Promise.withResolvers<ProcessEnd>(),
    }
    this.#waiting.set(id, waiting)
    this.#helper ??= this.#start()
    this.#helper.send({ ...order, id } satisfies SpawnOrder)
    this.#holdLoop()
    return waiting.made.promise
  }

  #start(): ChildProcess {
    const helper = fork(HELPER, {
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      detached: true,
      stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
    })
    // Nothing is written there; that it ends is what tells the helper that we are gone.
    if (helper.stdin instanceof Socket) helper.stdin.on('error', () => undefined).unref()
    helper.on('message', (news: SpawnNews, handle) => this.#hear(news, handle as Socket | undefined))
    helper.once('exit', () => this.#lose(helper))
    helper.once('error', () => this.#lose(helper))
    return helper
  }

  #hear(news: SpawnNews, handle: Socket | undefined): void {
    const waiting = this.#waiting.get(news.id)
    if (!waiting) {
      handle?.destroy()
      return
    }
    switch (news.kind) {
      case 'pipe':
        if (handle) waiting.pipes.set(news.descriptor, handle)
        break
      case 'spawned':
        waiting.made.resolve({
          pid: news.pid,
          pipe: (descriptor) => pipeOf(waiting, descriptor),
          ended: waiting.ended.promise,
        })
        break
      case 'failed':
        waiting.made.reject(new Error(news.message))
        this.#forget(news.id)
        break
      case 'exit':
        waiting.ended.resolve({ code: news.code, signal: news.signal })
        this.#forget(news.id)
    }
  }

  /** Our helper is gone and all boxes with it. */
  #lose(helper: ChildProcess): void {
    if (this.#helper === helper) this.#helper = undefined
    for (const [id, { made, ended }] of this.#waiting) {
      made.reject(new Error('the process that starts boxes died'))
      ended.resolve({ code: null, signal: 'SIGKILL' })
      this.#waiting.delete(id)
    }
  }

  #forget(id: number): void {
    this.#waiting.delete(id)
    this.#holdLoop()
  }

  /** An idle helper does not keep our process alive, one with processes under way does. */
  #holdLoop(): void {
    if (this.#waiting.size > 0) {
      this.#helper?.ref()
      this.#helper?.channel?.ref()
    } else {
      this.#helper?.unref()
      this.#helper?.channel?.unref()
    }
  }
}

function pipeOf({ pipes }: Waiting, descriptor: number): Socket {
  const pipe = pipes.get(descriptor)
  invariant(pipe, `the order asked for a pipe at descriptor ${descriptor}`)
  return pipe
}
