import { expect, test } from 'vitest'
import { flowOf } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { transition } from '../../transition.ts'
import { flow } from './index.ts'

const sample = { type: 'flow', path: 'f/a/b', input_transforms: {} }

testStepKind({ kind: flow, sample, refused: { path: { ...sample, path: 7 } } })

test('it runs the flow of its path (F30)', () => {
  const place = flowOf({ modules: [{ id: 'a', value: sample }] }).places.get('a')
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({ kind: 'flow', path: 'f/a/b' })
})

test('it may call its flow again in the middle, in the version that was looked at; not when it is tried again (F84)', () => {
  const entry = {
    module: 'a',
    taken: [],
    inside: { 0: { at: 1, ended: {} } },
    called: { version: 'v', origin: { job: 'before', step: 'q' } },
  }
  const parsed = flowOf({ modules: [{ id: 'a', value: sample, retry: { constant: { attempts: 1, seconds: 0 } } }] })
  const input = { kind: 'input', frame: 'f' } as const
  const context = { id: 'f', pointer: { kind: 'root' }, index: undefined, before: input, isTriggered: false } as const
  const state = { at: 0, previous: input, ended: {}, current: undefined, isOver: false, entry }
  const slot = 'job:a:0'

  const asked = transition({ flow: parsed, context, state }, { kind: 'due' }, new Map())
  expect(asked).toMatchObject({
    kind: 'needs',
    asks: [{ slot, runnable: { kind: 'flow', path: 'f/a/b', version: 'v' } }],
  })
  const answers = new Map([[slot, { kind: 'job' } as const]])
  const begun = transition({ flow: parsed, context, state }, { kind: 'due' }, answers)
  if (begun.kind !== 'next') throw new Error('it asks for more')
  const again = { seed: entry.inside[0], origin: entry.called.origin }
  expect(begun.commands).toEqual([{ kind: 'start', slot, child: { module: 'a', index: 0, failures: 0 }, again }])

  const child = { module: 'a', index: 0, failures: 0, job: 'j', status: 'failure' } as const
  const event = { kind: 'ended', children: [child] } as const
  const tried = transition({ flow: parsed, context, state: begun.state }, event, new Map())
  expect(tried).toMatchObject({ kind: 'needs', asks: [{ slot: 'job:a:1', runnable: { kind: 'flow', path: 'f/a/b' } }] })
  expect(tried.kind === 'needs' && tried.asks[0]).not.toHaveProperty('runnable.version')
})
