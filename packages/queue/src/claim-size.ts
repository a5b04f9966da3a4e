/** Jobs of one claim. */
const CLAIM_MAX = 500
/** Claimed and not begun: so that a claim is under way while the jobs of another one run. */
const AHEAD_MAX = 2 * CLAIM_MAX
/** Outcomes that may wait to be written while jobs are claimed. */
export const BACKLOG_MAX = 2000
/** A worker claims ahead what it finishes in so long. */
export const AHEAD_MS = 50

/** One claim is for a part of that, so that it is answered soon: news waits for it. */
const CLAIM_SHARE = 0.3

/** What a worker has in hand. */
export interface WorkerLoad {
  readonly slots: number
  /** Slots that jobs run in. */
  readonly busy: number
  /** Claimed, and not started. */
  readonly ahead: number
  /** Outcomes that are not written yet. */
  readonly backlog: number
  /** Jobs that it would finish in `AHEAD_MS`, going by the last ones. */
  readonly finishedSoon: number
}

/**
 * For how many jobs a worker asks: its free slots, and some ahead; only a worthwhile number while some are in hand. It claims
 * ahead only where jobs are so short that its slots would wait for the next claim: a job of another tenant can go before what is
 * claimed ahead on its own worker only.
 */
export function claimSize({ slots, busy, ahead, backlog, finishedSoon }: WorkerLoad): number {
  if (backlog > BACKLOG_MAX) return 0
  const target = slots + (finishedSoon < slots ? 0 : Math.min(AHEAD_MAX, finishedSoon))
  const missing = target - busy - ahead
  const most = Math.min(CLAIM_MAX, Math.max(slots, Math.ceil(finishedSoon * CLAIM_SHARE)))
  return missing >= Math.min(slots, Math.ceil(target / 2)) || busy < slots ? Math.min(most, missing) : 0
}
