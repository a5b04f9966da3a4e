import { expect, test } from 'vitest'
import { toTrial } from './trial-run.ts'

const none = { mocks: new Map<string, unknown>(), failures: new Map<string, string>(), skipsTime: false }
const identity = (id: string, more: object = {}) => ({ id, value: { type: 'identity' }, ...more })

test('mocks and failures reach steps inside of loops and branches, and nothing else is changed', () => {
  const value = {
    modules: [
      identity('a'),
      {
        id: 'l',
        value: {
          type: 'forloopflow',
          modules: [identity('b'), { id: 'o', value: { type: 'branchone', branches: [], default: [identity('c')] } }],
        },
      },
    ],
  }
  const trial = toTrial(value, { ...none, mocks: new Map([['b', 42]]), failures: new Map([['c', 'no "net"']]) })
  const text = JSON.stringify(trial)
  expect(text).toContain('{"id":"b","value":{"type":"identity"},"mock":{"enabled":true,"return_value":42}}')
  expect(text).toContain('throw new Error(\\"no \\\\\\"net\\\\\\"\\")')
  expect(trial.modules[0]).toEqual(value.modules[0])
})

test('sleeps and pauses take no time, but what is a value stays', () => {
  const inputs = { x: { type: 'static', value: { id: 'x', value: { type: 't' }, sleep: 1 } } }
  const value = {
    modules: [
      identity('a', {
        sleep: { type: 'static', value: 60 },
        retry: { constant: { attempts: 2, seconds: 30 }, retry_if: { expr: 'true' } },
      }),
      { id: 'b', value: { type: 'script', path: 'f/x/y', input_transforms: inputs } },
    ],
  }
  const [a, b] = toTrial(value, { ...none, skipsTime: true }).modules
  expect(a).toEqual(identity('a', { retry: { constant: { attempts: 2, seconds: 0 }, retry_if: { expr: 'true' } } }))
  expect(b).toEqual(value.modules[1])
})

test('a step that the flow does not have is refused', () => {
  expect(() => toTrial({ modules: [identity('a')] }, { ...none, mocks: new Map([['x', 1]]) })).toThrow(
    'The flow has no step "x".',
  )
})

test('nobody is waited for and nothing is taken from a cache, also inside of loops', () => {
  const lonely = identity('b', { suspend: { required_events: 1 }, cache_ttl: 60, priority: 1 })
  const value = { modules: [{ id: 'l', value: { type: 'forloopflow', modules: [lonely] } }] }
  const trial = toTrial(value, { ...none, isAlone: true })
  expect(trial.modules).toEqual([
    { id: 'l', value: { type: 'forloopflow', modules: [identity('b', { priority: 1 })] } },
  ])
})
