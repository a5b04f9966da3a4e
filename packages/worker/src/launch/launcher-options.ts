import type { Logger } from '@millrace/base/logger'
import type { Sandbox } from '@millrace/sandbox'
import type { WindowTimes } from './dedicated/window-size.ts'
import type { VolumeLedger } from './volumes.ts'
import type { WarmPool } from './warm-memory.ts'

/** Where a launcher keeps its things (folders every user can enter), and in which box jobs run. */
export interface LauncherOptions {
  readonly sandbox: Sandbox
  readonly dataDir: string
  readonly log: Logger
  /** Boxes kept ready for one plan at the most. */
  readonly slots: number
  /** Bytes of packages and builds that are kept; 10 GiB unless told otherwise. */
  readonly cacheBytesMax?: number
  /** Bytes of all volumes of one workspace; without a bound unless told. */
  readonly volumeBytesMax?: number | undefined
  /** What is known of volumes beyond their files. */
  readonly volumeLedger?: VolumeLedger | undefined
  /** Milliseconds for which a process waits for a job of its kind; ten minutes unless told otherwise. */
  readonly warmIdleMs?: number
  /** What lies before processes of scripts that have their own; `usualWindow` unless told otherwise. */
  readonly window?: WindowTimes
  /** Memory of all processes that wait; a quarter of what is free and theirs unless told otherwise. */
  readonly warmBytesMax?: number | undefined
  /** Further processes that wait, which count against that bound. */
  readonly alsoWarm?: readonly WarmPool[]
}
