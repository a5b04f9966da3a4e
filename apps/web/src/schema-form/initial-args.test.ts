import { expect, test } from 'vitest'
import { carryArgs } from './initial-args.ts'

const form = (type: string, byDefault: unknown) => ({
  type: 'object' as const,
  properties: { times: { type, default: byDefault } },
})

test('what was typed stays while the form changes', () => {
  const after = { type: 'object' as const, properties: { ...form('integer', 1).properties, name: { type: 'string' } } }
  expect(carryArgs(after, { times: 3 }, form('integer', 1))).toEqual({ times: 3 })
})

test('an argument that is of another type now begins with its default', () => {
  expect(carryArgs(form('string', '1'), { times: 1 }, form('integer', 1))).toEqual({ times: '1' })
})

test('a default that was cleared does not come back', () => {
  expect(carryArgs(form('integer', 1), {}, form('integer', 1))).toEqual({})
})
