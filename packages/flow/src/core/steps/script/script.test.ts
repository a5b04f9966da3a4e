import { expect, test } from 'vitest'
import { flowOf } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { script } from './index.ts'

const sample = { type: 'script', path: 'f/a/b', input_transforms: { x: { type: 'static', value: 1 } } }

testStepKind({ kind: script, sample, refused: { path: { ...sample, path: '' } } })

test('its hash and its tag go with it (F30, F48)', () => {
  const place = flowOf({ modules: [{ id: 'a', value: { ...sample, hash: 'h', tag_override: 't' } }] }).places.get('a')
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({ kind: 'script', path: 'f/a/b', hash: 'h', tag: 't' })
})
