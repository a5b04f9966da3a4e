import fc from 'fast-check'

type Draft = Readonly<Record<string, unknown>>

/** Conditions over what an expression may see; `ID` stands for the id of a step. */
const CONDITIONS = [
  'flow_input.n > 1',
  'previous_result?.x % 2 === 0',
  'previous_result?.error',
  'results.ID?.x % 3 === 1',
  'results.ID === undefined',
  'flow_input.iter?.index === 1',
]

/** One that cannot be judged. */
const SENSELESS = 'nothing.at.all'

/** Conditions over what just ended. */
const VERDICTS = [
  ...CONDITIONS,
  'result?.x % 2 === 0',
  'result?.error?.message',
  'result?.length > 1',
  'error?.name === "StepError"',
]

const condition = amongSense(CONDITIONS)
const verdict = amongSense(VERDICTS)

function amongSense(conditions: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...conditions) },
    { weight: 1, arbitrary: fc.constant(SENSELESS) },
  )
}

const stop = fc.record(
  {
    expr: verdict,
    skip_if_stopped: fc.boolean(),
    error_message: fc.constantFrom('', 'enough', null),
    error_include_result: fc.boolean(),
  },
  { requiredKeys: ['expr'] },
)

const retry = fc.record(
  {
    constant: fc.record({ attempts: fc.nat(2), seconds: fc.nat(1) }),
    exponential: fc.record({
      attempts: fc.nat(2),
      multiplier: fc.nat(2),
      seconds: fc.nat(2),
      random_factor: fc.nat(50),
    }),
    retry_if: fc.record({ expr: verdict }),
  },
  { requiredKeys: [] },
)

const suspend = fc.record(
  {
    required_events: fc.nat(2),
    timeout: fc.integer({ min: 1, max: 100 }),
    continue_on_disapprove_timeout: fc.boolean(),
    user_groups_required: fc.constant({ type: 'static', value: ['all'] }),
  },
  { requiredKeys: [] },
)

const sleep = fc.constantFrom(
  2,
  { type: 'static', value: 0 },
  { type: 'javascript', expr: 'flow_input.n' },
  { type: 'javascript', expr: '"soon"' },
)

const mock = fc.record({ enabled: fc.boolean(), return_value: fc.constantFrom({ x: 4 }, null, [1, 2]) })

/** Options of a module; few have many. */
const options = fc.record({
  stop_after_if: rarely(8, stop),
  stop_after_all_iters_if: rarely(8, stop),
  skip_if: rarely(8, fc.record({ expr: condition })),
  mock: rarely(16, mock),
  retry: rarely(4, retry),
  suspend: rarely(10, suspend),
  sleep: rarely(10, sleep),
  continue_on_error: rarely(4, fc.boolean()),
  debouncing: rarely(4, fc.constant({ debounce_delay_s: 1 })),
})

function rarely(weight: number, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}

const input = fc.constantFrom(
  ...['previous_result', 'results.ID', 'flow_input.iter', 'flow_input.n', '1', 'error?.message'].map((expr) => ({
    type: 'javascript',
    expr,
  })),
)
const badInput = fc.constant({ type: 'javascript', expr: SENSELESS })

const content = fc.oneof(
  { weight: 20, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ fails: fc.integer({ min: -1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ canceled: true }) },
  { weight: 1, arbitrary: fc.constant({ debounced: true }) },
)

const step = fc
  .record({
    told: content,
    inputs: fc.array(fc.oneof({ weight: 16, arbitrary: input }, { weight: 1, arbitrary: badInput }), { maxLength: 2 }),
  })
  .map(({ told, inputs }) => ({
    type: 'rawscript',
    language: 'none',
    content: JSON.stringify(told),
    input_transforms: Object.fromEntries(inputs.map((transform, nth) => [`arg${nth}`, transform])),
  }))

const iterator = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ type: 'javascript', expr: '"no list"' }) },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      { type: 'static', value: [] },
      { type: 'static', value: [1, { x: 2 }, null] },
      { type: 'javascript', expr: 'flow_input.list' },
      { type: 'javascript', expr: 'previous_result?.length ? previous_result : [previous_result]' },
    ),
  },
)

const parallelism = fc.constantFrom(1, 2, 3, null, { type: 'javascript', expr: 'flow_input.n + 1' })

const { module: anyModule } = fc.letrec<{ module: Draft; modules: readonly Draft[]; value: Draft }>((tie) => ({
  module: fc.record({ value: tie('value'), options }).map((drawn) => ({ ...drawn.options, value: drawn.value })),
  modules: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 8, arbitrary: fc.array(tie('module'), { minLength: 1, maxLength: 3, size: 'max' }) },
  ),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    { weight: 8, arbitrary: step },
    { weight: 1, arbitrary: fc.constant({ type: 'identity' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('forloopflow'),
        modules: tie('modules'),
        iterator,
        skip_failures: fc.boolean(),
        parallel: fc.boolean(),
        parallelism,
        squash: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('whileloopflow'),
        modules: tie('modules'),
        skip_failures: fc.boolean(),
        squash: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('branchone'),
        branches: fc.array(fc.record({ expr: condition, modules: tie('modules') }), { maxLength: 2 }),
        default: tie('modules'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('branchall'),
        branches: fc.array(fc.record({ modules: tie('modules'), skip_failure: fc.boolean() }), { maxLength: 3 }),
        parallel: fc.boolean(),
      }),
    },
  ),
}))

/** A flow of any shape, as clients would send it; what is asked of its steps is in their contents, and its loops come to an end. */
export const randomFlow: fc.Arbitrary<object> = fc
  .record({
    modules: fc.array(anyModule, { maxLength: 6, size: 'max' }),
    failure: rarely(2, step),
    preprocessor: rarely(6, step),
    skip_expr: rarely(10, condition),
    same_worker: rarely(4, fc.boolean()),
  })
  .map(({ failure, preprocessor, ...flow }) => ({
    ...named(flow),
    failure_module: failure === null ? null : { id: 'failure', value: failure },
    preprocessor_module: preprocessor === null ? null : { id: 'preprocessor', value: preprocessor },
  }))

/** Gives every module an id of its own, and puts ids of steps into expressions. */
function named(flow: unknown): object {
  let ids = 0
  const text = JSON.stringify(flow, (_key, value: unknown) => {
    if (typeof value === 'string') return value.replaceAll('ID', `m${1 + ((ids * 7919) % (ids + 1))}`)
    if (typeof value !== 'object' || value === null || !('value' in value) || !isStep(value.value)) return value
    ids += 1
    const { type } = value.value
    const isRepeating = type.endsWith('loopflow') || type === 'branchall'
    const misplaced = {
      ...(!isRepeating && { stop_after_all_iters_if: null }),
      ...(type !== 'rawscript' && { debouncing: null }),
    }
    return { id: `m${ids}`, ...value, ...misplaced, ...(type === 'whileloopflow' ? ENDING : {}) }
  })
  return JSON.parse(text)
}

/** What ends any loop. */
const ENDING = { stop_after_if: { expr: 'flow_input.iter.index >= 2 || result?.x % 3 === 0' } }

function isStep(value: unknown): value is { readonly type: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type !== 'static' &&
    value.type !== 'javascript'
  )
}
