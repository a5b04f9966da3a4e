import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { newId } from '@millrace/base/ids'
import type { NewJob } from '../job.ts'
import { toAsked, type Identified } from './arena.ts'
import { steadyMs, type History } from './history/history.ts'
import { shiftClock } from './nemesis/shift-clock.ts'
import { noop } from './queue-fixture.ts'

const PROGRAM = new URL('./crash-server.ts', import.meta.url).pathname

/** What a server process is told, and how its clock goes wrong. */
export interface ServerPlan {
  readonly url: string
  readonly leaseMs: number
  readonly clockShiftMs: number
}

/** A server (queue and keeper) in a process of its own; its answers go to the history. */
export class QueueProcess {
  /** Resolves when it keeps house, with what its clock says. */
  readonly ready: Promise<number>
  readonly #child: ChildProcess
  readonly #history: History
  readonly #exited: Promise<unknown>
  readonly #answers = new Map<string, (answer: 'done' | 'refused' | 'unknown') => void>()

  constructor({ clockShiftMs, ...plan }: ServerPlan, history: History) {
    this.#history = history
    const options = ['--conditions=source', ...shiftClock(clockShiftMs), PROGRAM, JSON.stringify(plan)]
    this.#child = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin?.on('error', () => {})
    this.#exited = once(this.#child, 'close')
    const ready = Promise.withResolvers<number>()
    this.ready = ready.promise
    if (!this.#child.stdout) return
    createInterface(this.#child.stdout).on('line', (text) => {
      const line = JSON.parse(text) as { nowMs?: number; call?: string; answer?: 'done' | 'refused' | 'unknown' }
      if (line.nowMs !== undefined) ready.resolve(line.nowMs)
      if (line.call !== undefined) this.#answers.get(line.call)?.(line.answer ?? 'unknown')
    })
    void this.#exited.then(() => {
      for (const answer of this.#answers.values()) answer('unknown')
    })
  }

  /** Has it enqueue jobs, and records what it says. */
  async enqueue(tag: string, jobs: readonly Partial<NewJob>[]): Promise<void> {
    const identified = jobs.map((job): Identified => ({ ...noop(tag, { attemptsMax: 1000, ...job }), id: newId() }))
    const call = newId()
    const fromMs = steadyMs()
    const answer = await new Promise<'done' | 'refused' | 'unknown'>((resolve) => {
      this.#answers.set(call, resolve)
      this.#child.stdin?.write(`${JSON.stringify({ call, jobs: identified })}\n`)
    })
    this.#answers.delete(call)
    this.#history.add({ op: 'enqueue', jobs: identified.map(toAsked), answer, who: 'server', fromMs, toMs: steadyMs() })
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
  }
}
