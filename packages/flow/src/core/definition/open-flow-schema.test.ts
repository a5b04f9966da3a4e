import { expect, test } from 'vitest'
import { allStepKinds } from '../steps/registry.ts'
import { openFlowSchema } from './open-flow-schema.ts'

test('every kind of step is in the schema with its own fields, and modules are in each other by reference', () => {
  const schema = JSON.parse(JSON.stringify(openFlowSchema()))
  const { module } = schema.$defs
  const kinds = module.properties.value.oneOf
  expect(kinds.map((kind: { properties: { type: { const: string } } }) => kind.properties.type.const)).toEqual(
    allStepKinds.map(({ id }) => id),
  )
  const loop = kinds.find(
    (kind: { properties: { type: { const: string } } }) => kind.properties.type.const === 'forloopflow',
  )
  expect(loop.properties.modules.items).toEqual({ $ref: '#/$defs/module' })
  expect(loop.required).toContain('iterator')
  expect(schema.properties.value.properties.modules.items).toEqual({ $ref: '#/$defs/module' })
  expect(Object.keys(module.properties)).toEqual(expect.arrayContaining(['id', 'summary', 'retry', 'suspend', 'value']))
})
