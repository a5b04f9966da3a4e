/**
 * The life of a job.
 *
 *     enqueue ──► scheduled ──due──► ready ──claim──► running ──complete──► outcome
 *        │                            ▲ ▲                │
 *        ├──────────── ready ─────────┘ └── hand back,   ├──cancel──► outcome
 *        │                                  lease lost ──┘
 *        └──► blocked ──slot free──► ready      running ──► suspended ──event──► ready
 *
 * Where nobody waits, a job may be written as `running` at once, by a worker that is idle in the process that enqueues (Q44).
 * `scheduled` waits for a time, `blocked` for a concurrency key, `ready` for a worker, `suspended` for an event or children;
 * A frame of a flow is `suspended` while its children run, or `scheduled` where it waits for a time as well, and no worker has it.
 * `running` is held by one worker under a fence `(worker_id, attempt)`; a failed run that is tried again goes back to `scheduled`. There is no state for the end: the row leaves
 * `job_queue` and an outcome appears, in one statement. A crash between any two statements leaves a state of this table:
 * a worker that dies holds `running` rows until its lease runs out, then the keeper moves them to `ready` or to an outcome.
 */
export type JobState = 'scheduled' | 'blocked' | 'ready' | 'running' | 'suspended'

/** How a job can end. */
export type OutcomeStatus = 'success' | 'failure' | 'canceled' | 'skipped'
