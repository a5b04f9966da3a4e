import { expect, test } from 'vitest'
import { parsePlace } from './parse-place.ts'

test.each([
  ['b', { step_id: 'b' }],
  ['b[2]', { step_id: 'b', branch_or_iteration_n: 1 }],
  [
    'l[1]/m[3]/q',
    {
      step_id: 'l',
      branch_or_iteration_n: 0,
      nested_path: [{ step_id: 'm', branch_or_iteration_n: 2 }, { step_id: 'q' }],
    },
  ],
])('%s is a place', (address, place) => {
  expect(parsePlace(address)).toEqual(place)
})

test.each(['', 'b[0]', 'b[x]', 'b//c', 'b[1'])('"%s" is none', (address) => {
  expect(() => parsePlace(address)).toThrow('names no step')
})
