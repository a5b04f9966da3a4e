import { step } from './flow-fixture.ts'

/** A flow with something of everything, or of one thing. */
export interface Shape {
  readonly name: string
  readonly value: unknown
  readonly args: Readonly<Record<string, unknown>>
  readonly result: unknown
  /** How often its approvals are to be answered. */
  readonly approvals: number
}

const list = (modules: readonly object[], parallel: boolean) => ({
  type: 'forloopflow',
  iterator: { type: 'javascript', expr: 'flow_input.list' },
  skip_failures: false,
  parallel,
  modules,
})

const pair = (id: string) => [
  step(`${id}1`, 'add', { a: '=flow_input.iter.value', b: 1 }),
  step(`${id}2`, 'add', { a: '=previous_result', b: 1 }),
]

const callSub = (id: string, x: unknown) => ({
  id,
  value: {
    type: 'flow',
    path: 'f/sub',
    input_transforms: {
      x: typeof x === 'string' ? { type: 'javascript', expr: x.slice(1) } : { type: 'static', value: x },
    },
  },
})

/** Between them they come to every point of a transition. */
export const shapes: readonly Shape[] = [
  {
    name: 'sequence',
    value: { modules: [step('a', 'add', { a: 1, b: 1 }), step('b', 'add', { a: '=results.a', b: 1 })] },
    args: {},
    result: 3,
    approvals: 0,
  },
  {
    name: 'loop one by one',
    value: { modules: [{ id: 'l', value: list(pair('s'), false) }] },
    args: { list: [1, 2] },
    result: [3, 4],
    approvals: 0,
  },
  {
    name: 'loop at once',
    value: { modules: [{ id: 'l', value: list(pair('s'), true) }, step('z', 'echo', { all: '=results.l' })] },
    args: { list: [1, 2, 3] },
    result: { all: [3, 4, 5] },
    approvals: 0,
  },
  {
    name: 'plain loop at once',
    value: { modules: [{ id: 'l', value: list(pair('s').slice(0, 1), true) }] },
    args: { list: [1, 2, 3] },
    result: [2, 3, 4],
    approvals: 0,
  },
  {
    name: 'branches',
    value: {
      modules: [
        {
          id: 'one',
          value: {
            type: 'branchone',
            branches: [{ expr: 'flow_input.n > 1', modules: [step('p', 'add', { a: '=flow_input.n', b: 1 })] }],
            default: [],
          },
        },
        {
          id: 'all',
          value: {
            type: 'branchall',
            parallel: true,
            branches: [
              { modules: [step('q', 'add', { a: '=results.one', b: 1 })] },
              { modules: [step('r', 'add', { a: '=results.one', b: 2 })] },
            ],
          },
        },
      ],
    },
    args: { n: 2 },
    result: [4, 5],
    approvals: 0,
  },
  {
    name: 'call',
    value: {
      modules: [callSub('c', 20), step('z', 'add', { a: '=results.c', b: 1 })],
    },
    args: {},
    result: 42,
    approvals: 0,
  },
  {
    name: 'frames at once',
    value: {
      modules: [
        { id: 'l', value: list([{ id: 'i', value: { type: 'identity' } }], true) },
        step('z', 'echo', { all: '=results.l' }),
      ],
    },
    args: { list: [1, 2, 3] },
    result: { all: [1, 2, 3] },
    approvals: 0,
  },
  {
    name: 'approval',
    value: {
      modules: [
        step('ask', 'echo', { q: 1 }, { suspend: { required_events: 2, timeout: 600 } }),
        step('z', 'echo', { got: '=resumes' }),
      ],
    },
    args: {},
    result: { got: [1, 2] },
    approvals: 2,
  },
  {
    name: 'tried again',
    value: {
      modules: [
        step('a', 'shaky', { n: 1 }, { retry: { constant: { attempts: 1, seconds: 0 } } }),
        step('b', 'fail', {}, { continue_on_error: true }),
        step('c', 'add', { a: '=results.a', b: 1 }),
      ],
    },
    args: {},
    result: 2,
    approvals: 0,
  },
  {
    name: 'one in another',
    value: {
      modules: [
        {
          id: 'l',
          value: list(
            [
              {
                id: 'one',
                value: {
                  type: 'branchone',
                  branches: [{ expr: 'flow_input.iter.value > 1', modules: [callSub('p', '=flow_input.iter.value')] }],
                  default: [step('q', 'add', { a: '=flow_input.iter.value', b: 1 })],
                },
              },
              step('r', 'add', { a: '=previous_result', b: 1 }),
            ],
            true,
          ),
        },
        step('ask', 'echo', { all: '=results.l' }, { suspend: { required_events: 1, timeout: 600 } }),
      ],
    },
    args: { list: [1, 2] },
    result: { all: [3, 6] },
    approvals: 1,
  },
]

/** Deployed flows that they call. */
export const subFlows = {
  'f/sub': {
    modules: [
      step('x', 'add', { a: '=flow_input.x', b: '=flow_input.x' }),
      step('y', 'add', { a: '=previous_result', b: 1 }),
    ],
  },
}
