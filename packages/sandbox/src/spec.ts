/**
 * What a runtime says and a sandbox reads: types only. Paths named `inside` are seen by the job, paths named `host` by us.
 */

/** A folder or file shown to the job. */
export interface Mount {
  readonly host: string
  readonly inside: string
  readonly writable: boolean
  /** What a writable folder may hold, counted by itself and not with the others; past it the tree is killed. */
  readonly bytesMax?: number
}

/** Bounds of one process tree. What the host cannot enforce, the sandbox declares in its `Isolation`. */
export interface Limits {
  /** Resident memory of the whole tree; past it the tree is killed and the exit says `outOfMemory`. */
  readonly memoryBytesMax: number
  /** Processes and threads of the tree. */
  readonly processesMax: number
  /** Size of any single file the tree writes. */
  readonly fileBytesMax: number
  readonly openFilesMax: number
  /** Processors' worth of time, 0.5 is half of one; as much as there is when absent. */
  readonly cpusMax?: number
  /** Bytes of the writable mounts without a bound of their own together; past them the tree is killed and the exit says `outOfDisk`; unbounded when absent. */
  readonly diskBytesMax?: number | undefined
}

/** One command in a box. The environment is exactly `env` and `PWD`: nothing is inherited. */
export interface RunSpec {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Working folder as the job sees it. */
  readonly cwd: string
  readonly mounts: readonly Mount[]
  readonly network: 'host' | 'none'
  readonly limits: Limits
  /**
   * Lets the command create further namespaces inside its own box (a zygote does, for each job it forks), by keeping
   * capabilities that count only inside that box. The command must drop them before it runs user code.
   */
  readonly nested?: boolean
}

/** How a tree ended. `memoryPeakBytes` and `cpuMs` are undefined where the host cannot tell. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly outOfMemory: boolean
  /** Its writable mounts grew past `Limits.diskBytesMax`, or one past its own bound. */
  readonly outOfDisk?: boolean
  /** The mount that grew past its own bound, as the job sees it. */
  readonly fullMount?: string | undefined
  readonly memoryPeakBytes: number | undefined
  readonly cpuMs: number | undefined
}

/** What an implementation keeps apart on this host; the server prints it at start and `millrace doctor` explains gaps. */
export interface Isolation {
  /** The job cannot see the host's files but those mounted. */
  readonly files: boolean
  /** The job cannot see or signal processes of others. */
  readonly processes: boolean
  /** `network: 'none'` is honoured. */
  readonly network: boolean
  /** The job runs without our user id, or without any of its rights. */
  readonly user: boolean
  /** `Limits.memoryBytesMax` bounds the whole tree. */
  readonly memory: boolean
  /** `Limits.cpusMax` bounds the whole tree. */
  readonly cpu: boolean
  /** A `nested` command may create namespaces. */
  readonly nested: boolean
  /** System calls that no job needs are refused. */
  readonly calls: boolean
  /** With `network: 'host'`, the addresses at which clouds hand out their machines' credentials do not answer. */
  readonly metadata: boolean
}
