import { expect, test } from 'vitest'
import { problemsOfFaults, readDocument } from './read-document.ts'
import { STARTER } from './starter.ts'

test('the starter is a flow without problems', () => {
  const { problems, flow } = readDocument(STARTER)
  expect(problems).toEqual([])
  expect(flow?.value.modules).toHaveLength(2)
  expect(Object.keys(flow?.schema.properties ?? {})).toEqual(['name'])
})

test('a text that is no YAML tells the line, and gives no flow', () => {
  const { problems, flow } = readDocument('summary: x\nvalue:\n  modules: [\n')
  expect(flow).toBeUndefined()
  expect(problems[0]?.line).toBeGreaterThanOrEqual(3)
})

test('what the engine refuses is told at its line', () => {
  const { problems } = readDocument(
    ['summary: x', 'value:', '  modules:', '    - id: a', '      value:', '        type: teleport'].join('\n'),
  )
  expect(problems.map(({ line, path }) => [line, path])).toEqual([[6, 'modules[0].value.type']])
})

test('what is missing is told at the line of what is around it', () => {
  const { problems } = readDocument(
    ['summary: x', 'value:', '  modules:', '    - id: a', '      value:', '        type: script'].join('\n'),
  )
  expect(problems[0]?.line).toBe(5)
})

test('what the server finds is told at its line too', () => {
  const document = readDocument(STARTER)
  const line = STARTER.split('\n').findIndex((each) => each.includes('expr:')) + 1
  const path = 'modules[0].value.input_transforms.name.expr'
  const found = problemsOfFaults([{ code: 'flow.expression', path, message: 'cannot be read' }], document)
  expect(found).toEqual([{ line, path, message: `${path} cannot be read` }])
})

test('a document without a value says so', () => {
  expect(readDocument('summary: x').problems[0]?.message).toContain('value is missing')
  expect(readDocument('').problems).toHaveLength(1)
})
