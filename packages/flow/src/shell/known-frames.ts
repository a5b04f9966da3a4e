import type { ClaimedJob } from '@millrace/queue'
import type { Frame } from './frame.ts'
import type { Plan } from './plan.ts'
import type { Unwritten } from './unwritten.ts'

const FRAMES_MAX = 2000
/** Characters and number of the texts that are kept for a frame. */
const CHARS_MAX = 65_536
const TEXTS_MAX = 500

/** A frame as this process left it: the job is its only child, and has begun or will. */
export interface KnownFrame {
  readonly frame: Frame
  readonly job: string
  /** What its expressions have read, by reference. */
  readonly texts: Map<string, string | undefined>
}

/**
 * Frames that wait for one job, so that whoever completes it need not read them. They may be out of date: a transition is stored only
 * where nobody has stored one since (F61).
 */
export class KnownFrames {
  readonly #known = new Map<string, KnownFrame>()

  /** With a transition that starts one job and leaves nothing to take in; one that is not stored after all is as good as out of date. */
  keep(frame: Frame, plan: Plan, unwritten: Unwritten): void {
    const [job] = plan.jobs
    const { id, version = 0 } = frame
    // The time that a flow may take is looked at where it is read.
    if (!job || frame.job.timeoutMs !== undefined) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= FRAMES_MAX) this.#known.delete(oldest)
    const left = { ...frame, state: plan.state, version: version + 1, awaits: plan.awaits, happened: [], faults: 0 }
    this.#known.set(id, { frame: left, job: job.id, texts: textsAfter(plan, unwritten) })
  }

  /** The frame that waits for a job, once. */
  take({ id, parentJob }: ClaimedJob): KnownFrame | undefined {
    const known = parentJob === undefined ? undefined : this.#known.get(parentJob)
    if (known?.job !== id) return undefined
    this.#known.delete(known.frame.id)
    return known
  }
}

/** What stays true: not where a list or the arguments of the flow were replaced. */
function textsAfter(plan: Plan, { texts }: Unwritten): Map<string, string | undefined> {
  if (plan.lists.length > 0 || plan.input !== undefined || texts.size > TEXTS_MAX) return new Map()
  let chars = 0
  for (const [key, text] of texts) {
    chars += key.length + (text?.length ?? 0)
    if (chars > CHARS_MAX) return new Map()
    if (key.startsWith('{"kind":"before"')) texts.delete(key)
  }
  return texts
}
