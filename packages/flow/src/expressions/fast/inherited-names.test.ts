import { afterAll, expect, test } from 'vitest'
import { Expressions } from '../expressions.ts'
import { INHERITED_NAMES } from './inherited-names.ts'

const expressions = new Expressions()
afterAll(() => expressions.stop())

test('the slow lane’s engine has no inherited name that the fast lane does not know', async () => {
  const source = `[Object, Array, String, Number, Boolean].flatMap((of) => Reflect.ownKeys(of.prototype)).filter((key) => typeof key === 'string')`
  const evaluated = await expressions.evaluate({ source, scope: {} })
  const names = evaluated.ok ? (evaluated.data.value as readonly string[]) : []
  expect(names).toContain('__proto__')
  expect(names.filter((name) => !INHERITED_NAMES.has(name))).toEqual([])
})
