import type { Outcome } from '@millrace/queue'
import { expect, test } from 'vitest'
import { Streamed } from './streamed.ts'

const success = (resultJson: string | null): Outcome => ({ status: 'success', resultJson })

test.each([
  ['no result', null, '"one two"'],
  ['null', 'null', '"one two"'],
  ['an object', '{"a":1}', '{"a":1,"wm_stream":"one two"}'],
  ['a list', '[1]', '[1]'],
  ['a text', '"x"', '"x"'],
])('beside %s', (_name, result, whole) => {
  const streamed = new Streamed()
  streamed.add('one ')
  streamed.add('two')
  expect(streamed.addTo(success(result)).resultJson).toBe(whole)
})

test('a failure stays as it is, and so does a result beside which nothing was streamed', () => {
  const streamed = new Streamed()
  expect(streamed.addTo(success('null')).resultJson).toBe('null')
  streamed.add('half')
  expect(streamed.addTo({ status: 'failure', resultJson: '{"error":{}}' }).resultJson).toBe('{"error":{}}')
})
