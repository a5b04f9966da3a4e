import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { Duplex, Readable } from 'node:stream'
import { invariant } from '@millrace/base/invariant'
import { sleep } from '@millrace/base/time'
import type { Cgroup } from './cgroup/cgroup.ts'
import { DiskWatch } from './disk-watch.ts'
import { HeldDuplex, HeldReadable } from './held-stream.ts'
import { findDescendants, isAlive, measureMemory, sendSignal } from './process-tree.ts'
import type { SandboxProcess } from './sandbox.ts'
import type { Exit, RunSpec } from './spec.ts'

const WATCH_MS = 100

/** The three ways out of a box; taken as soon as the child is spawned, so that nothing gets lost. */
export interface BoxStreams {
  readonly stdout: Readable
  readonly stderr: Readable
  readonly control: Duplex
}

/** The streams of a child that was spawned with pipes at 1, 2 and 3. */
export function holdStreams(child: ChildProcess): BoxStreams {
  const { stdout, stderr, stdio } = child
  const control: unknown = stdio[3]
  const arePipes = stdout instanceof Readable && stderr instanceof Readable && control instanceof Duplex
  invariant(arePipes, 'a box has stdout, stderr and a control channel')
  return holdPipes(stdout, stderr, control)
}

/** The same, of pipes in hand. */
export function holdPipes(stdout: Readable, stderr: Readable, control: Duplex): BoxStreams {
  return { stdout: new HeldReadable(stdout), stderr: new HeldReadable(stderr), control: new HeldDuplex(control) }
}

/** The process that makes the box, as the host sees it. */
export interface Outer {
  readonly pid: number | undefined
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  /** SIGKILL; nothing when it has ended. */
  kill(): void
}

/** A child of ours as the outer process. */
export function outerOf(child: ChildProcess): Outer {
  return { pid: child.pid, ended: endOf(child), kill: () => void child.kill('SIGKILL') }
}

/** What an implementation knows of a box that it started. */
export interface BoxParts {
  readonly outer: Outer
  readonly streams: BoxStreams
  readonly group: Cgroup | undefined
  readonly spec: RunSpec
  /** The first process of the box's own process namespace, whose end takes all others along; none without a namespace. */
  readonly init: number | undefined
  /** Resolves as soon as the command has ended, where that is told before the outer process ends. */
  readonly commandEnded?: Promise<void>
  /** The code that the command ended with, where the child's own is not it. */
  exitCode(): number | undefined
  /** Gives back what the box held. */
  release(): void
}

/**
 * A running box. Its life: it runs; the outer process ends, by itself or killed; whatever is left of the tree is killed
 * and waited for; figures are read and the control group removed; `exited` settles.
 */
export class Box implements SandboxProcess {
  readonly stdout: Readable
  readonly stderr: Readable
  readonly control: Duplex
  readonly exited: Promise<Exit>
  readonly #parts: BoxParts
  readonly #watch: NodeJS.Timeout
  readonly #disk: DiskWatch | undefined
  /** Every process once seen, for a tree that no namespace and no control group holds together. */
  readonly #seen = new Set<number>()
  #peakBytes = 0
  #outOfMemory = false
  #outOfDisk = false
  #fullMount: string | undefined
  #killed = false
  #isInitKilled = false
  #gone = false

  constructor(parts: BoxParts) {
    const { stdout, stderr, control } = parts.streams
    this.stdout = stdout
    this.stderr = stderr
    this.control = control
    this.#parts = parts
    this.#watch = setInterval(() => this.#look(), WATCH_MS).unref()
    this.#disk = DiskWatch.of(parts.spec, (inside) => this.#endFull(inside))
    this.exited = this.#follow()
  }

  memoryBytes(): Promise<number | undefined> {
    if (this.#gone) return Promise.resolve(0)
    const { group, spec } = this.#parts
    return Promise.resolve(group ? group.memoryBytes() : measureMemory(this.#members(), spec.limits.memoryBytesMax))
  }

  async memoryPeakBytes(): Promise<number | undefined> {
    if (!this.#gone) this.#look()
    // Whoever asks at the end of a job must not give this tree another one.
    if (this.#outOfMemory || this.#outOfDisk) return (await this.exited).memoryPeakBytes
    return this.#parts.group?.memoryPeakBytes() ?? (this.#peakBytes || undefined)
  }

  forgetMemoryPeak(): boolean {
    return !this.#gone && (this.#parts.group?.forgetMemoryPeak() ?? false)
  }

  isExhausted(): boolean {
    // A control group counts what it kills for memory before that is gone; without one it is the watch that kills.
    if (!this.#gone && this.#parts.group) this.#look()
    return this.#outOfMemory || this.#outOfDisk
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#gone) return
    if (signal === 'SIGKILL') {
      this.#killed = true
      this.#killAll()
    } else for (const pid of this.#members()) sendSignal(pid, signal)
  }

  async #follow(): Promise<Exit> {
    const { outer, group, commandEnded } = this.#parts
    // Whoever hears of it first ends the box: its own way out takes a process or two more.
    const hints = commandEnded ? [commandEnded.then(() => ({ code: null, signal: null }) as const)] : []
    const ended = await Promise.race([outer.ended, ...hints])
    const killed = this.#killed
    await this.#clear()
    clearInterval(this.#watch)
    this.#disk?.stop()
    this.#gone = true

    const memoryPeakBytes = group?.memoryPeakBytes() ?? (this.#peakBytes || undefined)
    this.#outOfMemory ||= group?.outOfMemory() ?? false
    const cpuMs = group?.cpuMs()
    // Nothing waits for this, and it never rejects: the kernel lets go of an empty group some milliseconds later.
    void group?.remove()
    this.#parts.release()

    const code = this.#parts.exitCode() ?? ended.code
    // Outer processes have codes of their own for an inner one that was killed.
    const end = killed && code !== 0 ? ({ code: null, signal: 'SIGKILL' } as const) : splitCode(code, ended.signal)
    const full = { outOfMemory: this.#outOfMemory, outOfDisk: this.#outOfDisk, fullMount: this.#fullMount }
    return { ...end, ...full, memoryPeakBytes, cpuMs }
  }

  /** Kills and awaits what outlives the outer process. */
  async #clear(): Promise<void> {
    for (let waitMs = 0; this.#left().length > 0; waitMs = Math.min(waitMs + 1, 20)) {
      this.#killAll()
      await (waitMs === 0 ? immediate() : sleep(waitMs))
    }
  }

  #left(): number[] {
    const { init, group, outer } = this.#parts
    if (init !== undefined) {
      if (!isAlive(init)) return []
      // Once it is killed nothing can begin in the box, and of what it takes along it is the last: its mounts go with it.
      return group && this.#isInitKilled ? this.#members().filter(isAlive) : [init]
    }
    if (group) return group.processes().filter(isAlive)
    return [...this.#seen].filter((pid) => pid !== outer.pid && isAlive(pid))
  }

  #killAll(): void {
    const { init, outer } = this.#parts
    if (init !== undefined) {
      sendSignal(init, 'SIGKILL')
      this.#isInitKilled = true
    } else for (const pid of this.#members()) sendSignal(pid, 'SIGKILL')
    // Last, so that what it leaves behind is known.
    outer.kill()
  }

  /** The job's processes: the tree without the processes that make the box. */
  #members(): number[] {
    const { init, group } = this.#parts
    const outer = this.#parts.outer.pid
    if (outer === undefined) return []
    if (init !== undefined)
      return (group?.processes() ?? findDescendants(init)).filter((pid) => pid !== init && pid !== outer)
    if (group) return group.processes()
    for (const pid of [outer, ...findDescendants(outer)]) this.#seen.add(pid)
    for (const pid of this.#seen) {
      if (!isAlive(pid)) this.#seen.delete(pid)
      else for (const child of findDescendants(pid)) this.#seen.add(child)
    }
    return [...this.#seen]
  }

  #look(): void {
    const { group, spec } = this.#parts
    const { memoryBytesMax } = spec.limits
    if (group) {
      if (!group.outOfMemory()) return
    } else {
      const bytes = measureMemory(this.#members(), memoryBytesMax)
      this.#peakBytes = Math.max(this.#peakBytes, bytes)
      if (bytes <= memoryBytesMax) return
    }
    this.#outOfMemory = true
    this.#killed = true
    this.#killAll()
  }

  #endFull(inside: string | undefined): void {
    this.#outOfDisk = true
    this.#fullMount = inside
    this.#killed = true
    this.#killAll()
  }
}

/** How a child ended. */
export function endOf(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode })
  }
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
}

/** A box's first process can only report a signal as 128 and its number, as shells do. */
function splitCode(code: number | null, signal: NodeJS.Signals | null): Pick<Exit, 'code' | 'signal'> {
  if (code === null || code <= 128) return { code, signal }
  const named = Object.entries(constants.signals).find(([, number]) => number === code - 128)
  return named && isSignal(named[0]) ? { code: null, signal: named[0] } : { code, signal }
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
