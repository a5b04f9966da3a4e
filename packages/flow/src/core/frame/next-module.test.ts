import { expect, test } from 'vitest'
import type { Answer, FrameContext, FrameState } from '../protocol.ts'
import { flowOf, step } from '../testing/run-flow.ts'
import { transition } from '../transition.ts'

const before = { kind: 'input', frame: 'f' } as const
const context: FrameContext = { id: 'f', pointer: { kind: 'root' }, index: undefined, before, isTriggered: false }
const a = { status: 'success', result: { kind: 'job', id: 'earlier' } } as const
const seeded: FrameState = { at: 1, previous: a.result, ended: { a }, current: undefined, isOver: false }
const flow = flowOf({ modules: [step('a'), step('b')], same_worker: true })

function begin(place: Answer) {
  const answers = new Map<string, Answer>([['place', place]])
  const frame = { flow, context, state: seeded }
  const asked = transition(frame, { kind: 'started' }, answers)
  if (asked.kind === 'next') return { options: [], next: asked }
  for (const { slot } of asked.asks) answers.set(slot, { kind: 'job' })
  const options = asked.asks.map((ask) => (ask.kind === 'job' ? ask.options.together : undefined))
  return { options, next: transition(frame, { kind: 'started' }, answers) }
}

test('a flow that begins in the middle keeps its steps together where it is now (F45)', () => {
  const together = { place: 'here', folder: 'f' }
  const { options, next } = begin({ kind: 'place', place: 'here' })
  expect(options).toEqual([together])
  expect(next).toMatchObject({ kind: 'next', state: { at: 1, together, current: { module: 'b' } } })
})

test('where no folders are kept it fails with the reason (F7, F45)', () => {
  const { next } = begin({ kind: 'failed', error: { name: 'NoWorker', message: 'none here' } })
  expect(next).toMatchObject({ kind: 'next', state: { isOver: true }, commands: [{ end: { status: 'failure' } }] })
})
