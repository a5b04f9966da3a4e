import { describe, expect, test } from 'vitest'
import { identity, step } from '../testing/run-flow.ts'
import { findModules, parseFlow } from './parse-flow.ts'

const failure_module = { id: 'failure', value: { type: 'script', path: 'f/a/b', input_transforms: {} } }

describe('what is read', () => {
  test('every module is found by its id, with the frame that runs it and its position', () => {
    const branches = [{ expr: 'true', modules: [identity('c')] }]
    const inner = { id: 'b', value: { type: 'branchone', branches, default: [identity('d'), identity('e')] } }
    const loop = { id: 'a', value: { type: 'whileloopflow', modules: [inner], skip_failures: false } }
    const parsed = parseFlow({
      modules: [loop],
      failure_module,
      preprocessor_module: { ...failure_module, id: 'preprocessor' },
    })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

    const { flow } = parsed
    const places = [...flow.places].map(([id, { pointer, position }]) => [id, pointer, position])
    expect(places).toEqual([
      ['a', { kind: 'root' }, 0],
      ['b', { kind: 'body', module: 'a' }, 0],
      ['c', { kind: 'branch', module: 'b', branch: 0 }, 0],
      ['d', { kind: 'branch', module: 'b', branch: 'default' }, 0],
      ['e', { kind: 'branch', module: 'b', branch: 'default' }, 1],
      ['preprocessor', { kind: 'root' }, -1],
      ['failure', { kind: 'root' }, -1],
    ])
    const ids = findModules(flow, { kind: 'branch', module: 'b', branch: 'default' })?.map(({ id }) => id)
    expect(ids).toEqual(['d', 'e'])
    expect(findModules(flow, { kind: 'body', module: 'x' })).toBeUndefined()
  })

  test('fields that the rules do not know are kept, and null stands for absent (F51)', () => {
    const value = {
      modules: [{ ...identity('a'), summary: null, retry: null, suspend: null, colour: 'red' }],
      notes: [{ id: 'n', text: 'hello' }],
      failure_module: null,
      skip_expr: null,
    }
    const parsed = parseFlow(value)
    expect(parsed).toMatchObject({ ok: true, flow: { value: { notes: value.notes, modules: [{ colour: 'red' }] } } })
    const kept = parsed.ok ? parsed.flow.value : undefined
    expect([kept?.modules[0]?.retry, kept?.failure_module, kept?.skip_expr]).toEqual([undefined, undefined, undefined])
  })

  test('branches may carry what means nothing there, and loops may be empty', () => {
    const branches = [{ expr: 'true', parallel: true, skip_failure: true, modules: [] }]
    const iterator = { type: 'javascript', expr: '', value: [] }
    const modules = [
      { id: 'a', value: { type: 'branchone', branches, default: [] } },
      { id: 'b', value: { type: 'branchall', branches } },
      { id: 'c', value: { type: 'forloopflow', iterator, modules: [] } },
    ]
    expect(parseFlow({ modules }).ok).toBe(true)
  })

  test('a thousand modules are read', () => {
    const modules = Array.from({ length: 1000 }, (_, nth) => step(`s${nth}`))
    const parsed = parseFlow({ modules })
    expect(parsed.ok && parsed.flow.places.size).toBe(1000)
  })
})

describe('what is refused (F50)', () => {
  test.each([
    ['no object', [], '', 'is []: it must be an object'],
    ['no modules', {}, 'modules', 'is missing: it must be a list'],
    ['modules that are none', { modules: 7 }, 'modules', 'is 7: it must be a list'],
    [
      'an id that is missing',
      { modules: [{ value: { type: 'identity' } }] },
      'modules[0].id',
      'is missing: it must be a string',
    ],
    ['an empty id', { modules: [identity('')] }, 'modules[0].id', 'is empty: a module needs an id'],
    [
      'a reserved id',
      { modules: [identity('failure')] },
      'modules[0]',
      'has the id failure, which is reserved: give it another',
    ],
    [
      'an id twice',
      { modules: [identity('a'), { id: 'w', value: { type: 'whileloopflow', modules: [identity('a')] } }] },
      'modules[1].value.modules[0]',
      'has the id a of another module: give it its own',
    ],
    [
      'a type that is none',
      { modules: [{ id: 'a', value: { type: 'magic' } }] },
      'modules[0].value.type',
      expect.stringContaining('"magic" is none of them'),
    ],
    [
      'no type',
      { modules: [{ id: 'a', value: null }] },
      'modules[0].value.type',
      expect.stringContaining('undefined is none of them'),
    ],
    [
      'no branches',
      { modules: [{ id: 'a', value: { type: 'branchone', default: [] } }] },
      'modules[0].value.branches',
      'is missing: it must be a list',
    ],
    [
      'a fault deep inside',
      {
        modules: [
          {
            id: 'a',
            value: {
              type: 'branchall',
              branches: [{ modules: [{ id: 'b', value: { type: 'rawscript', content: '' } }] }],
            },
          },
        ],
      },
      'modules[0].value.branches[0].modules[0].value.language',
      'is missing: it must be a string',
    ],
    [
      'a failure module that is a loop',
      { modules: [], failure_module: { id: 'failure', value: { type: 'whileloopflow', modules: [] } } },
      'failure_module',
      'is a whileloopflow: it must be a script or a rawscript',
    ],
    [
      'a failure module with another id',
      { modules: [], failure_module: { ...failure_module, id: 'oops' } },
      'failure_module',
      'has the id oops: it must be failure',
    ],
    [
      'a preprocessor that is a flow',
      { modules: [], preprocessor_module: { id: 'preprocessor', value: { type: 'flow', path: 'f/a/b' } } },
      'preprocessor_module',
      'is a flow: it must be a script or a rawscript',
    ],
  ])('%s', (_name, value, path, message) => {
    expect(parseFlow(value)).toEqual({ ok: false, problems: [{ path, message }] })
  })

  test.each([
    [{ constant: { attempts: -1, seconds: 1 } }, 'constant.attempts'],
    [{ constant: { attempts: 1.5, seconds: 1 } }, 'constant.attempts'],
    [{ constant: { attempts: 1, seconds: -1 } }, 'constant.seconds'],
    [{ exponential: { attempts: 1, multiplier: 'x', seconds: 1 } }, 'exponential.multiplier'],
    [{ exponential: { attempts: 1, multiplier: 1, seconds: 1, random_factor: 101 } }, 'exponential.random_factor'],
    [{ retry_if: {} }, 'retry_if.expr'],
  ])('a retry of %j', (retry, path) => {
    const parsed = parseFlow({ modules: [step('a', {}, { retry })] })
    expect(parsed).toMatchObject({ ok: false, problems: [{ path: `modules[0].retry.${path}` }] })
  })

  test('levels without an end are refused, however many there are', () => {
    let modules: object[] = [identity('inside')]
    for (let level = 0; level < 50_000; level += 1)
      modules = [{ id: `l${level}`, value: { type: 'whileloopflow', modules } }]
    const message = 'is nested deeper than 100 levels of steps'
    expect(parseFlow({ modules })).toEqual({ ok: false, problems: [{ path: '', message }] })
  })

  test('a hundred levels are read, and values may be nested a thousand deep', () => {
    let modules: object[] = [identity('inside')]
    for (let level = 0; level < 98; level += 1)
      modules = [{ id: `l${level}`, value: { type: 'whileloopflow', modules } }]
    expect(parseFlow({ modules }).ok).toBe(true)

    let value: unknown = 1
    for (let level = 0; level < 1000; level += 1) value = { value: [value] }
    const input_transforms = { x: { type: 'static', value } }
    const module = { id: 'a', value: { type: 'script', path: 'f/a/b', input_transforms } }
    expect(parseFlow({ modules: [{ ...module, mock: { enabled: true, return_value: value } }] }).ok).toBe(true)
  })
})

describe('options that could not be carried out are refused where they stand (F50)', () => {
  const containers = {
    forloopflow: { type: 'forloopflow', iterator: { type: 'static', value: [] }, modules: [] },
    whileloopflow: { type: 'whileloopflow', modules: [] },
    branchone: { type: 'branchone', branches: [], default: [] },
    branchall: { type: 'branchall', branches: [] },
    identity: { type: 'identity' },
  }
  const options = {
    timeout: 5,
    cache_ttl: 60,
    delete_after_secs: 0,
    delete_after_use: true,
    priority: 7,
    debouncing: { debounce_delay_s: 1 },
  }
  const cases = Object.entries(containers).flatMap(([kind, value]) =>
    Object.entries(options).map(([option, set]) => [option, kind, value, set] as const),
  )

  test.each(cases)('%s of a %s', (option, kind, value, set) => {
    const parsed = parseFlow({ modules: [{ id: 'a', value, [option]: set }] })
    const message = expect.stringContaining(`and ${kind} is none`)
    expect(parsed).toEqual({ ok: false, problems: [{ path: `modules[0].${option}`, message }] })
    const unset = typeof set === 'boolean' ? false : null
    expect(parseFlow({ modules: [{ id: 'a', value, [option]: unset }] }).ok).toBe(true)
  })

  test('stop_after_all_iters_if of a step', () => {
    const parsed = parseFlow({ modules: [step('a', {}, { stop_after_all_iters_if: { expr: 'true' } })] })
    const message = 'is for loops and branchall, and rawscript has no iterations: use stop_after_if'
    expect(parsed).toEqual({ ok: false, problems: [{ path: 'modules[0].stop_after_all_iters_if', message }] })
  })

  test('debouncing of a sub-flow, whose own document says it', () => {
    const value = { type: 'flow', path: 'f/a/b' }
    const parsed = parseFlow({ modules: [{ id: 'a', value, debouncing: { debounce_delay_s: 1 } }] })
    expect(parsed).toMatchObject({ ok: false, problems: [{ path: 'modules[0].debouncing' }] })
  })

  test('cache_ignore_s3_path, of a module and of the flow', () => {
    const parsed = parseFlow({ modules: [step('a', {}, { cache_ignore_s3_path: true })], cache_ignore_s3_path: true })
    const paths = parsed.ok ? [] : parsed.problems.map(({ path }) => path)
    expect(paths).toEqual(['modules[0].cache_ignore_s3_path', 'cache_ignore_s3_path'])
  })

  test.each([
    ['a', true],
    ['results.a', true],
    [' ', true],
    ['b', false],
    ['failure', false],
    ['nothing', false],
    ['results.a.x', false],
  ])('early_return %j', (early_return, isRead) => {
    const loop = { id: 'l', value: { type: 'whileloopflow', modules: [identity('b')] } }
    const parsed = parseFlow({ modules: [identity('a'), loop], failure_module, early_return })
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual(isRead ? [] : ['early_return'])
  })
})
