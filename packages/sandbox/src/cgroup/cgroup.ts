import type { Limits } from '../spec.ts'

/** A control group that holds one box. */
export interface Cgroup {
  /** Files into which a process writes `0` to join; the launcher does so before anything else. */
  readonly joinFiles: readonly string[]
  /** File that takes in the process whose id is written to it, where joining by itself needs rights that it lacks. */
  readonly admitFile: string | undefined
  /** Moves a process in, where there is such a file. */
  admit(pid: number): Promise<void>
  processes(): number[]
  outOfMemory(): boolean
  /** Without what the kernel would give up at once. */
  memoryBytes(): number | undefined
  memoryPeakBytes(): number | undefined
  /** Begins the peak afresh; false where the kernel keeps only that of the group's whole life. */
  forgetMemoryPeak(): boolean
  cpuMs(): number | undefined
  /** Waits until it is empty. */
  remove(): Promise<void>
}

/** The control groups of this host. */
export interface Cgroups {
  readonly version: 1 | 2
  /** Whether `Limits.cpusMax` holds. */
  readonly boundsCpu: boolean
  /** `uid` is the user that joins. */
  create(limits: Limits, uid: number | undefined): Cgroup
}

/** The kernel gives processor time out in periods of this length. */
export const CPU_PERIOD_US = 100_000

/** Extra room in a box's process count for the processes that are the box itself. */
export const BOX_PROCESSES = 4
