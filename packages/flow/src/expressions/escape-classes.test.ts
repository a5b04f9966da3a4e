import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Evaluated } from './evaluated.ts'
import { Expressions } from './expressions.ts'
import type { Scope } from './scope.ts'
import { ESCAPE_CLASSES, ESCAPE_INPUT } from './testing/escape-classes.ts'
import { fuzzEscapes } from './testing/fuzz-escapes.ts'
import { hostTraps, reachBy } from './testing/host-traps.ts'
import { scopeOf } from './testing/scope-of.ts'

vi.setConfig({ testTimeout: 60_000 })

const expressions = new Expressions()
afterAll(() => expressions.stop())

const traps = hostTraps()
let removeTraps: () => void
beforeAll(() => {
  removeTraps = traps.set()
})
afterAll(() => removeTraps())

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

test('the traps see whoever is in this process', () => {
  const { evaluate } = new Evaluator()
  const seen = evaluate(reachBy('globalThis'))
  expect(traps.found([JSON.stringify(seen)]).join()).toMatch(/was called[^]*was seen/)
})

test.each(ESCAPE_CLASSES)('nothing of the host is reached by: $name', async ({ way }) => {
  const texts: string[] = []
  for (const source of [way, `return ${way}`, reachBy(way)])
    for (const evaluated of [
      await expressions.evaluate({ source, scope }),
      await expressions.evaluateSlow({ source, scope }),
    ])
      texts.push(textOf(evaluated))
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
