import { expect, test } from 'vitest'
import type { OutcomeStatus } from '../../states.ts'
import { checkHistory } from './check-history.ts'
import { NOBODY, type AskedJob, type Entry, type Fact } from './history.ts'

interface EndOptions {
  readonly who?: string
  readonly attempt?: number
  readonly status?: OutcomeStatus
}

const job = (id: string, more: Partial<AskedJob> = {}): AskedJob => ({ id, dueInMs: 0, attemptsMax: 3, ...more })

/** A happening from an instant until another. */
function entry(who: string, fact: Fact, [fromMs, toMs = fromMs]: readonly [number, number?]): Entry {
  return { ...fact, who, fromMs, toMs }
}

const join = entry('w1', { op: 'join', tags: ['t'] }, [0])
const join2 = entry('w2', { op: 'join', tags: ['t'] }, [0])
const enqueue = (jobs: readonly AskedJob[], answer: 'done' | 'refused' | 'unknown' = 'done') =>
  entry('client', { op: 'enqueue', jobs, answer }, [10, 12])
const claim = (id: string, atMs: number, { who = 'w1', attempt = 1, tag = 't' } = {}) =>
  entry(who, { op: 'claim', id, attempt, tag }, [atMs])
const release = (id: string, atMs: number, { who = 'w1', attempt = 1 } = {}) =>
  entry(who, { op: 'release', id, attempt }, [atMs])
const start = (id: string, atMs: number, { who = 'w1', attempt = 1 } = {}) =>
  entry(who, { op: 'start', id, attempt }, [atMs])
const complete = (id: string, atMs: number, { who = 'w1', attempt = 1, logged = 0 } = {}) =>
  entry(who, { op: 'complete', id, attempt, status: 'success', logged, answer: 'written' }, [atMs, atMs + 2])
const end = (id: string, atMs: number, { who = 'w1', attempt = 1, status = 'success' }: EndOptions = {}) =>
  entry(who, { op: 'end', id, attempt, status }, [atMs])
const see = (id: string, { digest = 'd', logged = 0 } = {}) =>
  entry('client', { op: 'see', id, digest, logged }, [1000])
const lose = (who: string, atMs: number) => entry(who, { op: 'lose' }, [atMs])
const cancel = (
  ids: readonly string[],
  answer: { asked?: string[]; ended?: string[] },
  { force = false, atMs = 30 } = {},
) => entry('client', { op: 'cancel', ids, force, answer: { asked: [], ended: [], ...answer } }, [atMs, atMs + 2])

/** One job from its enqueue to the reading of its outcome. */
const run = (id: string): Entry[] => [claim(id, 20), start(id, 21), complete(id, 30), end(id, 31), see(id)]
/** The same by another worker, the second time. */
const again = { who: 'w2', attempt: 2 }
const runAgain = (id: string): Entry[] => [
  claim(id, 81, again),
  start(id, 82, again),
  complete(id, 90, again),
  end(id, 91, again),
  see(id),
]
const takenOver = [lose('w1', 25), release('a', 26), claim('a', 27, again)]
const well = [join, enqueue([job('a')]), ...run('a')]

/** The rules that a history breaks, each once. */
const rules = (history: readonly Entry[]) => [...new Set(checkHistory(history).map((fault) => fault.rule))]

/** The history without its entries of these kinds. */
const without = (...ops: Fact['op'][]) => well.filter((one) => !ops.includes(one.op))

test('a history in which the queue kept its word has no fault', () => {
  expect(checkHistory(well)).toEqual([])
  expect(checkHistory([enqueue([job('a')]), entry('client', { op: 'left', ids: ['a'] }, [1000])])).toEqual([])
})

test('a job that a lost worker held and another ended has no fault', () => {
  const taken = [claim('a', 20), start('a', 21), lose('w1', 25), release('a', 80)]
  expect(checkHistory([join, join2, enqueue([job('a')]), ...taken, ...runAgain('a')])).toEqual([])
})

test('a job that was handed back and claimed again has no fault', () => {
  const back = [claim('a', 20), release('a', 22, { attempt: 0 }), claim('a', 25), start('a', 26)]
  expect(checkHistory([join, enqueue([job('a')]), ...back, complete('a', 30), end('a', 31), see('a')])).toEqual([])
})

test('a running job that was asked to end, and one that ended meanwhile, have no fault', () => {
  const running = [
    claim('a', 20),
    start('a', 21),
    cancel(['a'], { asked: ['a'] }),
    end('a', 40, { status: 'canceled' }),
  ]
  expect(checkHistory([join, enqueue([job('a')]), ...running, see('a')])).toEqual([])
  expect(checkHistory([...well, cancel(['a'], {}, { atMs: 500 })])).toEqual([])
})

const half = [job('a'), job('b')]
const broken: readonly (readonly [rule: string, what: string, history: readonly Entry[]])[] = [
  ['Q1', 'an acknowledged job left no trace', [enqueue([job('a')])]],
  ['Q1', 'a refused job is there', [join, enqueue([job('a')], 'refused'), ...run('a')]],
  ['Q1', 'half of an unanswered call is there', [join, enqueue(half, 'unknown'), ...run('a')]],
  [
    'Q2',
    'an id was accepted for two different jobs',
    [join, enqueue([job('a')]), enqueue([job('a', { attemptsMax: 5 })]), ...run('a')],
  ],
  ['Q3', 'a job was claimed before it was due', [join, enqueue([job('a', { dueInMs: 500 })]), ...run('a')]],
  ['Q4', 'a held job was claimed', [join, join2, enqueue([job('a')]), claim('a', 20), ...runAgain('a')]],
  ['Q4', 'one claim was run twice', [...well, start('a', 22)]],
  [
    'Q5',
    'a worker claimed a tag that it does not serve',
    [...without('claim').toSpliced(2, 0, claim('a', 20, { tag: 'x' }))],
  ],
  [
    'Q6',
    'an attempt was left out',
    [
      join,
      enqueue([job('a')]),
      claim('a', 20, { attempt: 2 }),
      start('a', 21, { attempt: 2 }),
      end('a', 31, { attempt: 2 }),
      see('a'),
    ],
  ],
  [
    'Q7',
    'a stale worker wrote an outcome',
    [join, join2, enqueue([job('a')]), claim('a', 20), start('a', 21), ...takenOver, end('a', 31), see('a')],
  ],
  [
    'Q7',
    'an outcome was promised and is not there',
    [...without('end', 'see'), entry('client', { op: 'left', ids: ['a'] }, [1000])],
  ],
  ['Q7', 'an outcome has no run', without('start', 'complete')],
  ['Q7', 'a job waits and has an outcome', [...well, entry('client', { op: 'left', ids: ['a'] }, [1000])]],
  ['Q8', 'an outcome changed', [...well, see('a', { digest: 'other' })]],
  ['Q8', 'a job ended twice', [...well, end('a', 40, { who: NOBODY })]],
  ['Q9', 'a claimed job was never over', without('see', 'end', 'complete')],
  [
    'Q10',
    'the end of the log was missing',
    [...without('complete', 'see'), complete('a', 30, { logged: 5 }), see('a', { logged: 3 })],
  ],
  [
    'Q12',
    'a job was taken from a living worker',
    [
      join,
      enqueue([job('a')]),
      claim('a', 20),
      start('a', 21),
      release('a', 80),
      entry('client', { op: 'left', ids: ['a'] }, [1000]),
    ],
  ],
  [
    'Q12',
    'a job was given up too early',
    [
      join,
      enqueue([job('a')]),
      claim('a', 20),
      lose('w1', 25),
      end('a', 80, { who: NOBODY, status: 'failure' }),
      see('a'),
    ],
  ],
  ['Q13', 'a worker without a lease began a run', [...well, entry('w1', { op: 'notice' }, [20.5])]],
  ['Q14', 'a draining worker began a run', [...well, entry('w1', { op: 'drain' }, [15, 16])]],
  [
    'Q14',
    'a handed back job lost attempts',
    [
      join,
      enqueue([job('a')]),
      claim('a', 20),
      lose('w1', 21),
      release('a', 22, { attempt: 5 }),
      entry('client', { op: 'left', ids: ['a'] }, [1000]),
    ],
  ],
  ['Q15', 'a cancelled waiting job ran', [...well, cancel(['a'], { ended: ['a'] }, { atMs: 15 })]],
  [
    'Q15',
    'a job that was asked to end failed',
    [
      join,
      enqueue([job('a')]),
      claim('a', 20),
      start('a', 21),
      cancel(['a'], { asked: ['a'] }),
      end('a', 50, { status: 'failure' }),
      see('a'),
    ],
  ],
  ['Q15', 'a cancel passed a job over', [...well, cancel(['a'], {}, { atMs: 22 })]],
  [
    'Q16',
    'a job that was ended by force ended otherwise',
    [...well, cancel(['a'], { ended: ['a'] }, { force: true, atMs: 22 })],
  ],
  ['Q17', 'a job was cancelled after its end', [...well, cancel(['a'], { asked: ['a'] }, { atMs: 500 })]],
  ['Q20', 'a worker claimed without having joined', without('join')],
  [
    'Q25',
    'more jobs of a key ran than may',
    [join, enqueue(half.map(({ id }) => job(id, { limit: { key: 'k', slots: 1 } }))), ...run('a'), ...run('b')],
  ],
  [
    'Q15',
    'a child was passed over',
    [
      join,
      enqueue([job('a'), job('b', { parent: 'a' })]),
      cancel(['a'], { ended: ['a'] }, { atMs: 15 }),
      end('a', 16, { who: NOBODY, status: 'canceled', attempt: 0 }),
      see('a'),
      ...run('b'),
    ],
  ],
]

test.each(broken)('%s is broken where %s', (rule, _what, history) => {
  expect(rules(history)).toEqual([rule])
})
