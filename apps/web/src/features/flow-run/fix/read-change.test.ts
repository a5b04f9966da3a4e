import { expect, test } from 'vitest'
import { changeableOf, draftOf, readChange } from './read-change.ts'

const inputs = { x: { type: 'static', value: 1 }, y: { type: 'javascript', expr: 'results.a' } }
const before = changeableOf({ id: 'b', value: { type: 'rawscript', content: 'old', input_transforms: inputs } })
const draft = draftOf(before)

test('nothing typed is no change, and what is different is all of it', () => {
  expect(readChange(before, draft)).toEqual({ ok: true, change: undefined })
  const typed = {
    code: 'new',
    inputs: JSON.stringify({ ...inputs, x: { type: 'static', value: 2 } }),
    result: ' null ',
  }
  const x = { type: 'static', value: 2 }
  expect(readChange(before, typed)).toEqual({
    ok: true,
    change: { step_id: 'b', code: 'new', inputs: { x }, result: null },
  })
})

test('a step without code or inputs can be given a result', () => {
  const loop = changeableOf({ id: 'l', value: { type: 'forloopflow' } })
  expect([loop.code, loop.inputs]).toEqual([undefined, undefined])
  const change = { step_id: 'l', result: [1] }
  expect(readChange(loop, { ...draftOf(loop), result: '[1]' })).toEqual({ ok: true, change })
})

test.each([
  [{ result: '{' }, 'result', 'no JSON'],
  [{ inputs: '{' }, 'inputs', 'no JSON'],
  [{ inputs: '[]' }, 'inputs', 'by their names'],
  [{ inputs: '{"x": 5}' }, 'inputs', '"x" must be'],
] as const)('%j is told at its field', (typed, field, message) => {
  const read = readChange(before, { ...draft, ...typed })
  expect(read).toEqual({ ok: false, faults: { [field]: expect.stringContaining(message) } })
})
