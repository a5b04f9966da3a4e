import { expect, test } from 'vitest'
import type { JobState } from './states.ts'
import type { WaitFacts } from './sql/wait-facts.ts'
import { explainWait } from './why-waiting.ts'
import { WaitingFor } from '@millrace/contracts'

const terms = { leaseMs: 20_000, walkMax: 1000 }
const now = new Date('2030-01-01T00:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)

// Every state once: a new one does not compile until it stands here, nor in `explainWait` until it is decided.
const states: Readonly<Record<JobState, true>> = {
  scheduled: true,
  blocked: true,
  ready: true,
  running: true,
  suspended: true,
}

/** What may be true of a job besides its state, whatever the state. */
const conditions: Readonly<Record<string, readonly Partial<WaitFacts>[]>> = {
  due: [{ dueAt: ago(-5000) }, { dueAt: ago(5000) }],
  failures: [{ failures: 0 }, { failures: 2, retries: 3 }, { failures: 2, retries: 0 }],
  debounce: [{ debounceKey: undefined }, { debounceKey: 'd' }],
  worker: [
    { worker: undefined },
    { worker: { name: 'w', seenAt: ago(1000) } },
    { worker: { name: 'w', seenAt: ago(15_000) } },
    { worker: { name: 'w', seenAt: ago(50_000) } },
  ],
  cancel: [
    { cancel: undefined },
    { cancel: { by: 'ann', askedAt: ago(3000), signalledAt: undefined, killedAt: undefined } },
    { cancel: { by: 'ann', askedAt: ago(3000), signalledAt: ago(2000), killedAt: undefined } },
    { cancel: { by: 'ann', askedAt: ago(3000), signalledAt: ago(2000), killedAt: ago(1000) } },
  ],
  key: [
    { key: undefined },
    { key: { key: 'k', limit: 1, heldBy: ['a'], heldElsewhere: 2, windowEndsAt: undefined } },
    { key: { key: 'k', limit: 1, heldBy: [], heldElsewhere: 0, windowEndsAt: ago(-9000) } },
  ],
  line: [
    line({ workers: 0 }),
    line({ workers: 2, slots: 4, hasRoom: true, position: 3 }),
    line({ workers: 2, slots: 4, hasRoom: false, position: 3, headDueAt: ago(7000) }),
    line({ workers: 2, slots: 4, hasRoom: false }),
  ],
  children: [{ children: 0 }, { children: 4 }],
  awaited: [
    { awaited: undefined },
    {
      awaited: {
        frame: 'f',
        run: null,
        step: 'a',
        missing: 1,
        until: ago(-5000).toISOString(),
        suspend: {},
        startedBy: 'ann',
      },
    },
  ],
}

function line(more: Partial<WaitFacts['line']>): Partial<WaitFacts> {
  const none = {
    workers: 0,
    slots: 0,
    hasRoom: false,
    servedTags: ['other'],
    position: undefined,
    headDueAt: undefined,
  }
  return { line: { ...none, ...more } }
}

function facts(state: JobState, more: Partial<WaitFacts> = {}): WaitFacts {
  const plain: WaitFacts = {
    id: 'id', state, tag: 't', now, dueAt: ago(0), failures: 0, retries: 0, debounceKey: undefined, startedAt: ago(4000), worker: undefined,
    cancel: undefined, key: undefined, line: { workers: 0, slots: 0, hasRoom: false, servedTags: [], position: undefined, headDueAt: undefined },
    children: 0, awaited: undefined,
  } // prettier-ignore
  return { ...plain, ...more }
}

function everyCombination(): Partial<WaitFacts>[] {
  return Object.values(conditions).reduce<Partial<WaitFacts>[]>(
    (all, values) => all.flatMap((before) => values.map((value) => ({ ...before, ...value }))),
    [{}],
  )
}

const causesOf: Readonly<Record<JobState, readonly WaitingFor['cause'][]>> = {
  scheduled: ['debounce', 'due', 'retry', 'suspended'],
  blocked: ['concurrency_key'],
  ready: ['no_worker', 'position', 'workers_busy'],
  running: ['cancel_asked', 'running', 'worker_silent'],
  suspended: ['suspended'],
}

test.each(Object.keys(states) as JobState[])(
  'Q40 %s: every combination of conditions has one cause, with all its particulars, and every cause occurs',
  (state) => {
    const found = new Set<string>()
    for (const condition of everyCombination()) {
      const cause = explainWait(facts(state, condition), terms)
      expect(WaitingFor.safeParse(cause).error).toBeUndefined()
      found.add(cause.cause)
    }
    expect([...found].sort()).toEqual(causesOf[state])
  },
)

test.each([
  ['a worker that is silent for longer than it renews is the cause even when a cancel was asked', 'running',
    { worker: { name: 'w', seenAt: ago(15_000) }, cancel: { by: 'ann', askedAt: ago(1), signalledAt: undefined, killedAt: undefined } },
    { cause: 'worker_silent', worker: 'w', silent_s: 15, taken_back_at: ago(-5000).toISOString() }],
  ['a cancel says how far it has come', 'running',
    { worker: { name: 'w', seenAt: now }, cancel: { by: 'ann', askedAt: ago(9), signalledAt: ago(5), killedAt: undefined } },
    { cause: 'cancel_asked', by: 'ann', worker: 'w', state: 'signalled', since: ago(5).toISOString() }],
  ['a retry counts the runs that failed and those that are allowed', 'scheduled', { failures: 2, retries: 3, dueAt: ago(-1000) },
    { cause: 'retry', failed_attempts: 2, attempts: 4, at: ago(-1000).toISOString() }],
  ['without a worker the tags that are served are told', 'ready', line({ workers: 0, servedTags: ['a', 'b'] }),
    { cause: 'no_worker', tag: 't', served_tags: ['a', 'b'] }],
  ['a flow waits for people, not for the end of their time', 'scheduled',
    { awaited: { frame: 'f', run: 'r', step: 'a', missing: 2, until: ago(-1000).toISOString(), startedBy: 'ann',
      suspend: { user_groups_required: ['ops'], self_approval_disabled: true } } },
    { cause: 'suspended', on: 'event', children: 0, awaits: { step: 'a', job: 'f', run: 'r', missing: 2, until: ago(-1000).toISOString(),
      members_only: true, groups: ['ops'], not_by: 'ann' } }],
  ['a place behind what was walked is told as at least that', 'ready', line({ workers: 1, slots: 1, headDueAt: ago(2500) }),
    { cause: 'workers_busy', tag: 't', workers: 1, slots: 1, position: 1001, position_is_at_least: true, head_age_s: 2 }],
] as const)('%s', (...[, state, more, expected]) => {
  expect(explainWait(facts(state, more as Partial<WaitFacts>), terms)).toEqual(expected)
}) // prettier-ignore
