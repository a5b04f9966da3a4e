import type { CompletedJob } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { runChaos, verdictText, type ChaosRun } from './chaos.ts'

const identity = (id: string, more: object = {}) => ({ id, value: { type: 'identity' }, ...more })

/** Runs that end as the last step of each says, one end for each time that it runs. */
function runsOf(ends: Readonly<Record<string, readonly { result: unknown; success?: boolean }[]>>) {
  const asked: string[] = []
  const times = new Map<string, number>()
  const run = ({ value, from }: ChaosRun): Promise<CompletedJob> => {
    const step = value.modules.at(-1)?.id ?? ''
    const nth = times.get(step) ?? 0
    times.set(step, nth + 1)
    const end = ends[step]?.[nth] ?? { result: null }
    const id = `${step}${nth}`
    asked.push(`${id} from ${from ? `${from.run} at ${from.step}` : 'nothing'}`)
    // As far as it is looked at.
    return Promise.resolve({ id, success: true, type: 'CompletedJob', ...end } as CompletedJob)
  }
  return { asked, run }
}

async function gather<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const value of values) all.push(value)
  return all
}

test('each step runs once more from where the run has come, and what differs is told', async () => {
  const error = { error: { name: 'Error', message: 'is there already' } }
  const { asked, run } = runsOf({
    a: [{ result: { x: 1, y: 2 } }, { result: { y: 2, x: 1 } }],
    b: [{ result: 1 }, { result: 2 }],
    c: [{ result: 1 }, { result: error, success: false }],
  })
  const value = { modules: [identity('a'), identity('b'), identity('c'), identity('m', { mock: { enabled: true } })] }
  const verdicts = await gather(runChaos(value, run))
  expect(verdicts.map(verdictText)).toEqual([
    '✓ a  gives the same when it runs again',
    '✗ b  gives something else when it runs again: 1, then 2',
    '✗ c  fails when it runs again: is there already',
  ])
  expect(asked).toEqual([
    'a0 from nothing',
    'a1 from a0 at a',
    'b0 from a0 at b',
    'b1 from b0 at b',
    'c0 from b0 at c',
    'c1 from c0 at c',
    'm0 from c0 at m',
  ])
})

test('a step that fails by itself ends it', async () => {
  const { run } = runsOf({ a: [{ result: { error: { name: 'Error', message: 'no' } }, success: false }] })
  const verdicts = await gather(runChaos({ modules: [identity('a'), identity('b')] }, run))
  expect(verdicts).toEqual([{ step: 'a', kind: 'first', detail: 'no' }])
})
