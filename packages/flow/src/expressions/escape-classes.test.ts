import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import type { Evaluated } from './evaluated.ts'
import { Expressions } from './expressions.ts'
import type { Scope } from './scope.ts'
import { ESCAPE_CLASSES, ESCAPE_INPUT } from './testing/escape-classes.ts'
import { escapeSources, fuzzEscapes } from './testing/fuzz-escapes.ts'
import { hostTraps, reachBy } from './testing/host-traps.ts'
import { scopeOf } from './testing/scope-of.ts'

vi.setConfig({ testTimeout: 60_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

const scope: Scope = {
  ...scopeOf({ flow_input: ESCAPE_INPUT, results: { a: { b: [1] } } }),
  variables: new Map([
    ['gone', { refusal: 'there is no variable gone' }],
    ['gone2', { refusal: 'there is no variable gone2' }],
  ]),
}

test('there are enough of them, and each by its own name', () => {
  expect(new Set(ESCAPE_CLASSES.map(({ name }) => name)).size).toBe(ESCAPE_CLASSES.length)
  expect(ESCAPE_CLASSES.length).toBeGreaterThanOrEqual(60)
})

test('they work, and the traps see it, where objects of the host are given to code in a context of its own', () => {
  const works = ESCAPE_CLASSES.filter(({ way }) => getsOut(`(() => { ${reachBy(way)} })()`))
  expect(works.length).toBeGreaterThanOrEqual(20)
  // What ends later would end in nobody's hands here.
  const random = fc.sample(escapeSources, { numRuns: 500, seed: 1 }).filter((each) => !/async|then|Promise/.test(each))
  expect(random.filter((source) => getsOut(source)).length).toBeGreaterThanOrEqual(5)
})

test.each(ESCAPE_CLASSES)('nothing of the host is reached by: $name', async ({ way }) => {
  const traps = hostTraps()
  const removeTraps = traps.set()
  const texts: string[] = []
  for (const source of [way, `return ${way}`, reachBy(way)])
    for (const evaluated of [
      await expressions.evaluate({ source, scope }),
      await expressions.evaluateSlow({ source, scope }),
    ])
      texts.push(textOf(evaluated))
  removeTraps()
  expect(traps.found(texts)).toEqual([])
  expect(texts.filter((text) => text.includes('"lost"'))).toEqual([])
})

test('nothing of the host is reached by what is put together at random of known ways', async () => {
  const { sources, values } = await fuzzEscapes(expressions, 3000)
  expect(values).toBeGreaterThan(sources / 20)
})

function textOf(evaluated: Evaluated): string {
  return evaluated.ok ? evaluated.data.text : JSON.stringify(evaluated)
}

/** Whether it gets hold of this process from a context of its own, which is no border. */
function getsOut(source: string): boolean {
  const refuse = () => {
    throw new Error('there is no such variable')
  }
  const given = { results: { a: { b: [1] } }, flow_input: { ...ESCAPE_INPUT }, variable: refuse, resource: refuse }
  const traps = hostTraps()
  const removeTraps = traps.set()
  try {
    const seen: unknown = runInNewContext(source, given, { timeout: 1000 })
    return traps.found([JSON.stringify(seen) ?? '']).length > 0
  } catch {
    return traps.found([]).length > 0
  } finally {
    removeTraps()
  }
}
