import type { CompletedJob } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { runChaos, type Chaos } from './chaos.ts'
import type { StepNote } from './chaos-house.ts'

/** One run of the flow: what it gives, and the runs of its steps as `step: results`, of one job each. */
interface Run {
  readonly result: unknown
  readonly success?: boolean
  readonly steps: Readonly<Record<string, readonly unknown[]>>
}

/** Workers that have run the flow as told, and die where they are to, once. */
function chaosOf(runs: readonly Run[]) {
  const asked: string[] = []
  const notes = new Map<string, readonly StepNote[]>()
  let names = ''
  const house: Chaos['house'] = {
    startWorker({ notes: name, step }) {
      asked.push(step === undefined ? name : `${name} dies at ${step}`)
      names = name
      const gone = step === undefined ? new Promise<void>(() => undefined) : Promise.resolve()
      return Promise.resolve({ gone, stop: () => Promise.resolve() })
    },
    readNotes: (name) => Promise.resolve(notes.get(name) ?? []),
  }
  const left = [...runs]
  const run = (): Promise<CompletedJob> => {
    const { result, success = true, steps } = left.shift() ?? { result: null, steps: {} }
    const all = Object.entries(steps).flatMap(([step, results]) =>
      results.map((each) => ({ job: `job of ${step}`, step, isSuccess: !isError(each), result: each })),
    )
    notes.set(names, all)
    // As far as it is looked at.
    return Promise.resolve({ id: names, success, type: 'CompletedJob', result } as CompletedJob)
  }
  return { asked, chaos: { house, run, tell: () => undefined } }
}

const error = (message: string) => ({ error: { name: 'Error', message } })
const isError = (value: unknown) => typeof value === 'object' && value !== null && 'error' in value

test('a worker dies at each step, and what the two runs of it gave is held against each other', async () => {
  const { asked, chaos } = chaosOf([
    { result: 1, steps: { a: [{ x: 1, y: 2 }], b: [1], c: [1], d: [1] } },
    {
      result: 1,
      steps: {
        a: [
          { x: 5, y: 2 },
          { y: 2, x: 5 },
        ],
        b: [1],
      },
    },
    { result: 2, steps: { a: [3], b: [1, 2] } },
    { result: error('no'), success: false, steps: { c: [1, error('is there already')] } },
    { result: error('lost'), success: false, steps: { d: [1] } },
  ])
  expect(await runChaos(chaos)).toEqual({
    kind: 'judged',
    verdicts: [
      { step: 'a', ran: 2, result: 'same', flow: 'same', isIdempotent: true, reason: '' },
      { step: 'b', ran: 2, result: 'different', flow: 'different', isIdempotent: false, reason: 'gave 1, then 2' },
      expect.objectContaining({ step: 'c', result: 'failed', reason: 'failed when it ran again: is there already' }),
      expect.objectContaining({ step: 'd', ran: 1, result: 'none', isIdempotent: false }),
    ],
  })
  expect(asked).toEqual([
    'calm',
    ...['a', 'b', 'c', 'd'].flatMap((step, at) => [`step-${at} dies at ${step}`, `step-${at}`]),
  ])
})

test('a step that gives the same is to blame where the flow fails, or alone gives something else, behind it', async () => {
  const fails = chaosOf([
    { result: 1, steps: { a: [1] } },
    { result: error('two rows'), success: false, steps: { a: [1, 1] } },
  ])
  expect(await runChaos(fails.chaos)).toMatchObject({
    verdicts: [{ result: 'same', flow: 'failed', isIdempotent: false, reason: 'the flow failed afterwards: two rows' }],
  })
  const differs = chaosOf([
    { result: 1, steps: { a: [null] } },
    { result: 2, steps: { a: [null, null] } },
  ])
  expect(await runChaos(differs.chaos)).toMatchObject({
    verdicts: [{ result: 'same', flow: 'different', isIdempotent: false }],
  })
})

test('nothing is killed where the flow fails by itself', async () => {
  const { asked, chaos } = chaosOf([{ result: error('no'), success: false, steps: { a: [error('no')] } }])
  expect(await runChaos(chaos)).toMatchObject({ kind: 'failed', job: { result: error('no') } })
  expect(asked).toEqual(['calm'])
})
