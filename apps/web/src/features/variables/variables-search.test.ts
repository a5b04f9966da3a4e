import { expect, test } from 'vitest'
import { parseVariablesSearch } from './variables-search.ts'

test('an address says what is open and what the list is narrowed by', () => {
  const search = { q: 'key', label: 'billing', page: 3, variable: 'u/ada/key' }
  expect(parseVariablesSearch(search)).toEqual(search)
})

test('a new one goes before an open one, and what is not understood is dropped', () => {
  expect(parseVariablesSearch({ new: true, variable: 'u/ada/key' })).toEqual({ new: true })
  expect(parseVariablesSearch({ q: '', label: [], page: -1, new: 'yes' })).toEqual({})
})
