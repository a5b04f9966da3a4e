import type { WaitingFor } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { isScheduled, waitingPhrase, waitingSubject } from './waiting-cause.ts'

const NOW_MS = Date.parse('2026-01-01T12:00:00Z')
const LATER = '2026-01-01T12:05:00Z'
const place = { position: 3, position_is_at_least: false }
const busy = { cause: 'workers_busy', tag: 'gpu', workers: 1, slots: 2, head_age_s: 9, ...place } as const
const key = { cause: 'concurrency_key', key: 'mail', limit: 2, held_elsewhere: 0 } as const

const CASES: readonly (readonly [WaitingFor, string | undefined, object | undefined])[] = [
  [{ cause: 'due', at: LATER }, 'due in 5 min', undefined],
  [{ cause: 'due', at: '2026-01-01T11:59:00Z' }, 'due now', undefined],
  [{ cause: 'debounce', key: 'k', at: LATER }, 'gathers calls, due in 5 min', undefined],
  [{ cause: 'retry', failed_attempts: 1, attempts: 4, at: LATER }, 'attempt 2 of 4 in 5 min', undefined],
  [{ ...key, held_by: ['a'] }, '2 slots of mail taken', { kind: 'run', id: 'a' }],
  [{ ...key, held_by: ['a', 'b'] }, '2 slots of mail taken', { kind: 'key', key: 'mail' }],
  [{ ...key, limit: 1, held_by: [], held_elsewhere: 1 }, 'slot of mail taken', { kind: 'key', key: 'mail' }],
  [{ cause: 'no_worker', tag: 'gpu', served_tags: [] }, 'no worker for gpu', { kind: 'tag', tag: 'gpu' }],
  [busy, '3rd in line, workers busy', { kind: 'tag', tag: 'gpu' }],
  [
    { ...busy, position: 1001, position_is_at_least: true },
    'behind 1,000 in line, workers busy',
    { kind: 'tag', tag: 'gpu' },
  ],
  [{ cause: 'position', tag: 'gpu', workers: 1, ...place }, 'about to start', { kind: 'tag', tag: 'gpu' }],
  [{ cause: 'suspended', on: 'children', children: 1 }, 'waits for 1 run it started', undefined],
  [{ cause: 'suspended', on: 'event', children: 0 }, 'waits for an event', undefined],
  [
    {
      cause: 'suspended',
      on: 'event',
      children: 0,
      awaits: { step: 'a', job: 'j', missing: 2, members_only: false },
    },
    'waits for 2 answers to a',
    undefined,
  ],
  [
    {
      cause: 'suspended',
      on: 'event',
      children: 0,
      awaits: { step: 'a', job: 'j', run: 'r', missing: 1, members_only: false },
    },
    'waits for 1 answer to a',
    { kind: 'run', id: 'r' },
  ],
  [{ cause: 'running', worker: 'w1', since: LATER }, undefined, undefined],
  [
    { cause: 'cancel_asked', by: 'ada', state: 'signalled', since: LATER, worker: 'w1' },
    'told to end',
    { kind: 'worker', worker: 'w1' },
  ],
  [
    { cause: 'worker_silent', worker: 'w1', silent_s: 20, taken_back_at: LATER },
    'worker silent for 20 s',
    { kind: 'worker', worker: 'w1' },
  ],
  [{ cause: 'worker_silent', silent_s: 20, taken_back_at: LATER }, 'worker silent for 20 s', undefined],
]

test.each(CASES)('%o is said in a few words and leads to what it names', (cause, phrase, subject) => {
  expect(waitingPhrase(cause, NOW_MS)).toBe(phrase)
  expect(waitingSubject(cause)).toEqual(subject)
})

test('only what waits for a time can be brought forward', () => {
  expect(CASES.filter(([cause]) => isScheduled(cause)).map(([{ cause }]) => cause)).toEqual([
    'due',
    'due',
    'debounce',
    'retry',
  ])
})
