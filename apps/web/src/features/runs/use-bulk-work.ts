import { useState } from 'react'
import { useCancelSelection, useRunAgainSelection, type BulkOutcome } from '../../data/bulk-jobs.ts'

/** What is done with the chosen runs. */
export type BulkVerb = 'cancel' | 'force' | 'again'

/** How it ended: counted, or broken off with an error. */
export interface BulkResult {
  readonly verb: BulkVerb
  readonly asked: number
  readonly outcome: BulkOutcome | undefined
  readonly error: unknown
}

interface BulkWork {
  readonly isBusy: boolean
  /** How many have been asked for so far; absent while nothing is done. */
  readonly progress: number | undefined
  readonly report: BulkResult | undefined
  readonly start: (verb: BulkVerb) => void
  readonly forget: () => void
}

/** Does one thing at a time with the chosen runs and keeps what became of it; `onDone` is called at its end. */
export function useBulkWork(workspace: string, ids: ReadonlySet<string>, onDone: () => void): BulkWork {
  const cancel = useCancelSelection(workspace)
  const again = useRunAgainSelection(workspace)
  const [progress, setProgress] = useState<number | undefined>()
  const [report, setReport] = useState<BulkResult | undefined>()

  async function work(verb: BulkVerb) {
    const wish = { ids: [...ids], onProgress: setProgress }
    setReport(undefined)
    setProgress(0)
    try {
      const call = verb === 'again' ? again.mutateAsync(wish) : cancel.mutateAsync({ ...wish, force: verb === 'force' })
      setReport({ verb, asked: ids.size, outcome: await call, error: undefined })
    } catch (error) {
      setReport({ verb, asked: ids.size, outcome: undefined, error })
    }
    setProgress(undefined)
    onDone()
  }

  return {
    isBusy: progress !== undefined,
    progress,
    report,
    start: (verb) => void work(verb),
    forget: () => setReport(undefined),
  }
}
