import { expect, test } from 'vitest'
import { JsonData } from './json-data.ts'

test('each face is made from the other', () => {
  expect(JsonData.ofText('{"a":[1]}').value).toEqual({ a: [1] })
  expect(JsonData.ofValue({ a: [1] }).text).toBe('{"a":[1]}')
  expect(JsonData.ofText('null').value).toBe(null)
  expect(JsonData.ofValue(7).text).toBe('7')
})

test('a value that was parsed from a text keeps that text', () => {
  const data = JsonData.ofText('{ "a" : 1 }')
  expect(JsonData.ofValue(data.value).text).toBe('{ "a" : 1 }')
})
