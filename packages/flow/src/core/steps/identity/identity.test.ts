import { expect, test } from 'vitest'
import { each, identity as module, runFlow, step } from '../../testing/run-flow.ts'
import { testStepKind } from '../suite.ts'
import { identity } from './index.ts'

testStepKind({ kind: identity, sample: { type: 'identity' }, refused: {} })

test('it gives the previous result, and in a flow the arguments as the first (F31)', () => {
  expect(runFlow({ modules: [step('a', { value: 7 }), module('b')] }).result).toBe(7)
  expect(runFlow({ modules: [module('a')] }, { input: { n: 1 } }).result).toEqual({ n: 1 })
})

test('as the first of an iteration it gives the item (F31)', () => {
  expect(runFlow({ modules: [each('l', [5, { x: 6 }], [module('a')])] }).result).toEqual([5, { x: 6 }])
})
