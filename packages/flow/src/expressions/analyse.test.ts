import { describe, expect, test } from 'vitest'
import { analyse, SOURCE_CHARS_MAX, type Analysis } from './analyse.ts'

describe('what a source reads', () => {
  test.each([
    ['results.a.x + results["b c"] + results[`d`] + results[0]', ['a', 'b c', 'd', '0']],
    ['results?.a?.b', ['a']],
    ['results.a[results.b]', ['a', 'b']],
    ['({ results: 1, x: flow_input.results })', []],
    ['results[flow_input.id]', 'all'],
    ['Object.keys(results)', 'all'],
    ['const { a } = results; return a', 'all'],
    ['{ results }', 'all'],
    ['x[results]', 'all'],
    ['results[`${flow_input.id}`]', 'all'],
    ['eval(flow_input.code)', 'all'],
    ['class A { #a = 1; of() { return results.#a } }', 'all'],
  ])('%s names the results %j', (source, ids) => {
    const { results } = readsOf(source)
    expect(results === 'all' ? 'all' : [...results].toSorted()).toEqual(typeof ids === 'string' ? ids : ids.toSorted())
  })

  test.each([
    ['flow_input.a ?? flow_env.b', ['flow_input', 'flow_env']],
    ['resumes.concat(resume, approvers)', ['resumes', 'resume', 'approvers']],
    ['result?.error ?? error', ['result', 'error']],
    ['previous_result.result.error', ['previous_result']],
    ['({ error: 1, [resume]: 2 })', ['resume']],
    ['flow_input[result]', ['flow_input', 'result']],
    ['"error"', []],
    ['`${error}`', ['error']],
    ['() => () => flow_env', ['flow_env']],
  ])('%s names %j', (source, names) => {
    expect([...readsOf(source).names].toSorted()).toEqual(names.toSorted())
  })

  test.each([
    ['variable("u/a/x")', { variables: ['u/a/x'], asksLater: false }],
    [
      '`${variable(`u/a/x`)} ${await resource("f/b/y")}`',
      { variables: ['u/a/x'], resources: ['f/b/y'], asksLater: false },
    ],
    ['variable(flow_input.path)', { asksLater: true }],
    ['variable("u/a/" + flow_input.name)', { asksLater: true }],
    ['["a", "b"].map(variable)', { asksLater: true }],
    ['f("u/a/x", resource)', { asksLater: true }],
    ['variable()', { asksLater: true }],
    ['resource(1)', { asksLater: true }],
    ['flow_input.variable("x")', { asksLater: false }],
  ])('%s asks for %j', (source, { variables = [], resources = [], asksLater }: Asked) => {
    const reads = readsOf(source)
    expect([[...reads.variables], [...reads.resources], reads.asksLater]).toEqual([variables, resources, asksLater])
  })

  test('an empty source reads nothing and says that it is empty', () => {
    for (const source of ['', ' \n', '// why', '/* */ ;;'])
      expect(analyse(source)).toMatchObject({ ok: true, isEmpty: true, reads: { names: new Set(), asksLater: false } })
    expect(analyse('null')).toMatchObject({ ok: true, isEmpty: false })
  })
})

interface Asked {
  readonly variables?: readonly string[]
  readonly resources?: readonly string[]
  readonly asksLater: boolean
}

describe('a source that is no JavaScript is a fault with its place', () => {
  test.each([
    ['results.', 1, 9],
    ['flow_input.x y', 1, 14],
    ['{ "a": 1, }}', 1, 12],
    ['{ "a": , }', 1, 8],
    ['const x = 1\nreturn x +', 2, 11],
    ['"open', 1, 1],
    ['a\n  ?? b || c', 2, 8],
    ['}); evil(', 1, 1],
    ['1 /* open', 1, 3],
    ['#!/usr/bin/env node\n1', 1, 2],
    ['import x from "y"', 1, 8],
    ['/(/', 1, 2],
    ['let a = 1; let a = 2', 1, 16],
    ['\ud800', 1, 1],
  ])('%j', (source, line, column) => {
    expect(analyse(source)).toMatchObject({ ok: false, kind: 'syntax', message: expect.any(String), line, column })
  })

  test('also when it is nested beyond all measure', () => {
    const deep = '('.repeat(100_000)
    expect(analyse(deep)).toMatchObject({ ok: false, kind: 'syntax', message: 'it is nested too deeply to be read' })
  })

  test('one that is read but too deep for the fast lane is left to the other', () => {
    expect(analyse(`flow_input${'.a'.repeat(50_000)}`)).toMatchObject({ ok: true, fast: undefined })
  })

  test('one that is too long is refused unread', () => {
    const long = ' '.repeat(SOURCE_CHARS_MAX + 1)
    expect(analyse(long)).toMatchObject({ ok: false, kind: 'too_large', message: expect.stringContaining('262144') })
  })
})

test('a source is analysed once', () => {
  expect(analyse('results.once')).toBe(analyse('results.once'))
})

function readsOf(source: string): Analysis['reads'] {
  const analysis = analyse(source)
  if (!analysis.ok) throw new Error(analysis.message)
  return analysis.reads
}
