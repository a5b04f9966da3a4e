import type { Readable, Writable } from 'node:stream'
import type { Exit, Isolation, RunSpec } from './spec.ts'

/**
 * A started tree. `control` is a private duplex channel, file descriptor 3 inside the box: arguments and commands go in,
 * results come out; stdout and stderr are the job's log and nothing else. stdin is empty.
 */
export interface SandboxProcess {
  readonly stdout: Readable
  readonly stderr: Readable
  readonly control: Readable & Writable
  /** Settles when the whole tree is gone, never rejects. */
  readonly exited: Promise<Exit>
  /** Memory that the tree holds now and nothing else can have, in bytes, where the host can tell. */
  memoryBytes(): Promise<number | undefined>
  /** Peak memory so far in bytes, where the host can tell. Of a tree that is exhausted it is told when the tree is gone. */
  memoryPeakBytes(): Promise<number | undefined>
  /** Begins the peak afresh with what it holds now; false where the host cannot. */
  forgetMemoryPeak(): boolean
  /** Whether any of it had no memory or disk left: the tree is ended for that, and its exit will say so. */
  isExhausted(): boolean
  /** To the whole tree. SIGKILL leaves nothing behind. Idempotent, and harmless after the end. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** A way of running commands in a box on this host. */
export interface Sandbox {
  readonly id: string
  readonly isolation: Isolation
  /** Creates the box and the command in it; rejects with a `SandboxFault` when the box itself cannot be made. */
  start(spec: RunSpec): Promise<SandboxProcess>
  /**
   * Makes a private folder that a job of this sandbox may write (right owner and mode) and can be mounted; the caller
   * removes it with `removeFolder`, which copes with files that the job made its own. A folder inside a made one belongs to
   * the same user. A box that writes several runs as the owner of the one made first, and the others are handed to it, so
   * a shared cache is made before the job folders that go with it. Made again, a folder keeps its owner.
   */
  makeFolder(host: string): Promise<void>
  removeFolder(host: string): Promise<void>
}

/** What every implementation is opened with. */
export interface SandboxOptions {
  /** An existing folder for the sandbox's own files, which every user can enter. */
  readonly folder: string
  /** `false` leaves control groups alone, and memory is bounded by watching; default `true`. */
  readonly cgroups?: boolean
}

/** The world's fault, not the job's: the box could not be made. */
export class SandboxFault extends Error {
  override readonly name = 'SandboxFault'
}
