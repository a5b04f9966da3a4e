import { expect, test } from 'vitest'
import { flowOf } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { rawscript } from './index.ts'

const sample = { type: 'rawscript', language: 'none', content: '', input_transforms: {} }

testStepKind({
  kind: rawscript,
  sample,
  refused: {
    content: { ...sample, content: undefined },
    language: { ...sample, language: 7 },
    'input_transforms.x.type': { ...sample, input_transforms: { x: { type: 'guess' } } },
  },
})

test('its lock, path, tag and concurrency go with it (F30)', () => {
  const value = { ...sample, lock: 'l', path: 'f/a/b', tag: 't', concurrent_limit: 2, concurrency_time_window_s: 5 }
  const place = flowOf({ modules: [{ id: 'a', value: { ...value, custom_concurrency_key: 'k' } }] }).places.get('a')
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({
    kind: 'code',
    language: 'none',
    content: '',
    lock: 'l',
    path: 'f/a/b',
    tag: 't',
    concurrency: { limit: 2, windowS: 5, key: 'k' },
  })
})

test('an empty tag and a limit of none are not there (F30)', () => {
  const place = flowOf({ modules: [{ id: 'a', value: { ...sample, tag: '', concurrent_limit: 0 } }] }).places.get('a')
  expect(place?.kind.job?.runnable(place.module.value)).toEqual({ kind: 'code', language: 'none', content: '' })
})

test('a javascript input may be empty, and may keep a stale value beside its expression', () => {
  const inputs = { a: { type: 'javascript', expr: '', value: 3 }, b: { type: 'static' } }
  const place = flowOf({ modules: [{ id: 'a', value: { ...sample, input_transforms: inputs } }] }).places.get('a')
  expect(place?.kind.job?.inputs(place.module.value)).toEqual({
    a: { type: 'javascript', expr: '' },
    b: { type: 'static' },
  })
})
