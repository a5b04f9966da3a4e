import { expect, test } from 'vitest'
import { flowOf } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { flow } from './index.ts'

const sample = { type: 'flow', path: 'f/a/b', input_transforms: {} }

testStepKind({ kind: flow, sample, refused: { path: { ...sample, path: 7 } } })

test('it runs the flow of its path (F30)', () => {
  const place = flowOf({ modules: [{ id: 'a', value: sample }] }).places.get('a')
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({ kind: 'flow', path: 'f/a/b' })
})
