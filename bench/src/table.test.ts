import { expect, test } from 'vitest'
import { isMet, type Row } from './section.ts'
import { formatTable, formatValue } from './table.ts'

const row: Row = { section: 'queue', name: 'drain', value: 12_345.6, unit: 'jobs/s', target: { atLeast: 20_000 } }

test('a target from below is met from its value on, one from above up to it', () => {
  expect(isMet({ ...row, value: 20_000 })).toBe(true)
  expect(isMet(row)).toBe(false)
  expect(isMet({ ...row, value: 3, target: { atMost: 3 } })).toBe(true)
  expect(isMet({ ...row, value: 3.01, target: { atMost: 3 } })).toBe(false)
})

test('a figure that could not be measured does not meet its target', () => {
  expect(isMet({ ...row, value: Number.NaN })).toBe(false)
})

test('columns are aligned and a missed target stands out', () => {
  expect(formatTable([row, { section: 'idle', name: 'load', value: 0.5, unit: '1/s' }])).toBe(
    [
      'section  what    value  unit       target  met  note',
      '-------  -----  ------  ------  ---------  ---  ----',
      'queue    drain  12,346  jobs/s  >= 20,000  NO',
      'idle     load     0.50  1/s',
    ].join('\n'),
  )
})

test('values keep three digits that matter', () => {
  expect([1.234, 12.34, 123.4, Number.NaN].map(formatValue)).toEqual(['1.23', '12.3', '123', '-'])
})
