import { expect, test } from 'vitest'
import { NOTHING, toggleRow, toggleShown, type Selection } from './selection.ts'

const SHOWN = ['a', 'b', 'c', 'd', 'e']

function choose(selection: Selection, id: string, isRange = false): Selection {
  return toggleRow(selection, SHOWN, { id, isRange })
}

function idsOf({ ids }: Selection): string {
  return [...ids].sort().join('')
}

test('a row is chosen and let go', () => {
  const chosen = choose(choose(NOTHING, 'b'), 'd')
  expect(idsOf(chosen)).toBe('bd')
  expect(idsOf(choose(chosen, 'b'))).toBe('d')
})

test('shift reaches from the row that was chosen last by itself, both ways', () => {
  const chosen = choose(choose(NOTHING, 'c'), 'e', true)
  expect(idsOf(chosen)).toBe('cde')
  expect(idsOf(choose(chosen, 'b', true))).toBe('bcde')
})

test('shift without a row before it, or with one that is not shown any more, takes the one row', () => {
  expect(idsOf(choose(NOTHING, 'c', true))).toBe('c')
  expect(idsOf(toggleRow(choose(NOTHING, 'c'), ['x', 'y'], { id: 'y', isRange: true }))).toBe('cy')
})

test('all that are shown are chosen and let go, and others stay', () => {
  const all = toggleShown(choose(NOTHING, 'z'), SHOWN, true)
  expect(idsOf(all)).toBe('abcdez')
  expect(idsOf(toggleShown(all, SHOWN, false))).toBe('z')
})
