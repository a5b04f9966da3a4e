import { expect, test } from 'vitest'
import { parseResourcesSearch } from './resources-search.ts'

test('an address says what is open and what the list is narrowed by', () => {
  const search = { tab: 'types', q: 'sql', type: 'postgresql', label: 7, page: 2, open: 'f/team/db' }
  expect(parseResourcesSearch(search)).toEqual({ ...search, label: '7' })
})

test('a new one goes before an open one, and what is not understood is dropped', () => {
  expect(parseResourcesSearch({ new: true, open: 'f/team/db' })).toEqual({ new: true })
  expect(parseResourcesSearch({ tab: 'other', q: '', type: {}, page: 1, new: 'yes', more: 1 })).toEqual({})
})
