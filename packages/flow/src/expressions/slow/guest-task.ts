import type { FaultKind } from '../evaluated.ts'

/** One evaluation, as it crosses to the thread. */
export interface GuestTask {
  readonly code: string
  /** JSON of what the expression may read; see `guest-request.ts`. */
  readonly request: string
}

/** What came of it, as it crosses back. */
export type GuestAnswer =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'needs'; readonly variables: readonly string[]; readonly resources: readonly string[] }
  | GuestFault

export interface GuestFault {
  readonly kind: 'fault'
  readonly fault: FaultKind
  readonly message: string
  /** In the guest's code, from 1. */
  readonly line?: number
  readonly column?: number
  /** Whether it was thrown there, and not by a function of the engine or code made at run time that is called there. */
  readonly isDirect?: boolean
}

/** Bounds of one evaluation. */
export interface GuestLimits {
  /** Processor time of the expression itself; what it reads is taken in before. */
  readonly timeMs: number
  /** Besides what it reads. */
  readonly memoryBytes: number
}

/** How a thread ends: it does not come to an end with a task, it ran out of memory of its own, or otherwise. */
export type Death = 'hung' | 'memory' | 'ended'
