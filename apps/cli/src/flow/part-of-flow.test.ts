import { expect, test } from 'vitest'
import { flowUntil, schemaAlone, stepAlone } from './part-of-flow.ts'

const identity = (id: string) => ({ id, value: { type: 'identity' } })
const script = { type: 'script', path: 'f/x/y', input_transforms: { n: { type: 'static', value: 1 } } }
const value = {
  modules: [
    identity('a'),
    {
      id: 'l',
      value: {
        type: 'forloopflow',
        modules: [
          identity('b'),
          {
            id: 'o',
            value: {
              type: 'branchone',
              branches: [{ expr: 'true', modules: [{ id: 'c', value: script, sleep: 1 }, identity('d')] }],
              default: [identity('e'), identity('f')],
            },
          },
          identity('g'),
        ],
      },
    },
    identity('z'),
  ],
}

test.each([
  ['a', ['a']],
  ['b', ['a', 'l', 'b']],
  ['c', ['a', 'l', 'b', 'o', 'c', 'e', 'f']],
  ['e', ['a', 'l', 'b', 'o', 'c', 'd', 'e']],
  ['z', ['a', 'l', 'b', 'o', 'c', 'd', 'e', 'f', 'g', 'z']],
])('up to %s these run', (step, ids) => {
  const text = JSON.stringify(flowUntil(value, step))
  expect([...text.matchAll(/"id":"(\w)"/g)].map(([, id]) => id)).toEqual(ids)
})

test('a step alone gets the arguments as its inputs, and no option of it counts', () => {
  const inputs = { n: { type: 'javascript', expr: 'flow_input["n"]' } }
  expect(stepAlone(value, 'c')).toEqual({ modules: [{ id: 'c', value: { ...script, input_transforms: inputs } }] })
  expect(stepAlone(value, 'e').modules).toEqual([identity('e')])
})

test('the arguments of a step alone are its inputs, of the types that the flow knows', () => {
  const schema = { properties: { n: { type: 'integer' }, other: {} } }
  expect(schemaAlone(value, 'c', schema)).toEqual({ properties: { n: { type: 'integer' } } })
  expect(schemaAlone(value, 'a', schema)).toEqual({ properties: {} })
})

test('a step that the flow does not have is refused', () => {
  expect(() => flowUntil(value, 'x')).toThrow('The flow has no step "x".')
  expect(() => stepAlone(value, 'x')).toThrow('The flow has no step "x".')
})
